// Fills a workbook with exceljs: node fill.js TASKS.json {"in", "out", "plan"}.
const fs = require('fs');
const ExcelJS = require('exceljs');

async function main() {
    const task = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
    const book = new ExcelJS.Workbook();

    await book.xlsx.readFile(task.in);
    for (const [page, cells] of Object.entries(task.plan))
        for (const [cell, value] of cells)
            book.getWorksheet(page).getCell(cell).value =
                value !== null && typeof value === 'object' ? new Date(value.date) : value;
    await book.xlsx.writeFile(task.out);
}

main().catch((e) => {
    console.error(e);
    process.exit(1);
});
