/* sample sheets: what lies in tests/data is what its generator writes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <cmocka.h>

enum { NO_OPENPYXL = 77, NO_PYTHON = 127 };

static void the_generator_writes_the_same_bytes_again(void **state)
{
    int status = system("/usr/bin/python3 tests/data/make_sheets.py --check");

    (void)state;
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == NO_OPENPYXL || WEXITSTATUS(status) == NO_PYTHON)
        skip();
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_generator_writes_the_same_bytes_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
