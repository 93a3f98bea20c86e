/* serve: the daemon. This process is net; the worker is its child, parser and signer the
 * worker's. */
#include "aggregator/cmd/commands.h"
#include "aggregator/ingest/front.h"
#include "proto/wire.h"

int cmd_serve(struct app *app, int argc, char **argv)
{
    const struct front_plan plan = {
        .name = "serving",
        .endpoint = app->settings.endpoint,
        .file = "endpoint",
        .limits = {.peers = app->settings.max_peers,
                   .message = WIRE_BATCH + 4096,
                   .receive = 32 * 1024 * 1024,
                   .send = 16},
        .start = worker_start,
    };
    struct err e = {0};

    (void)argv;
    if (argc != 1)
        return app_usage(app, NULL, NULL);
    log_init("htx-aggregator", app->settings.log_level);
    if (!front_run(&plan, &app->settings, &e)) {
        log_event(LOG_ERROR, "serve error=\"%s\"", e.text);
        return err_exit(&e);
    }
    log_event(LOG_INFO, "stopped");
    return EXIT_DONE;
}
