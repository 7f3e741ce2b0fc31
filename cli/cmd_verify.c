/* SPDX-License-Identifier: MIT */
/* streetcap verify: files against index. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/filter.h"
#include "storage/index.h"
#include "storage/root.h"
#include "storage/verify.h"

struct verify_values {
        const char *run;
        bool quick;
};

static const struct cli_option options[] = {
        {"run", 0, "NAME", "this run only", cli_take_text, offsetof(struct verify_values, run)},
        {"quick", 0, NULL, "presence and size only, without reading the pictures", cli_take_flag,
         offsetof(struct verify_values, quick)},
        CLI_OPTIONS_END,
};

static const struct cli_syntax syntax = {
        .options = options,
        .description =
                "Every picture that the index lists is there and unchanged, and no other. Exit status 1 when one is not. Pictures that were taken after\n"
                "the index was copied are counted, and are no problem.\n",
};

static void print_problem_json(struct cli *cli, const struct verify_problem *problem)
{
        struct text line = {0};
        struct json_out json;

        json_out_begin(&json, &line);
        json_out_object_begin(&json, NULL);
        json_out_string(&json, "path", problem->path);
        json_out_string(&json, "problem", verify_kind_text(problem->kind));
        json_out_string(&json, "detail", problem->detail);
        json_out_object_end(&json);
        fprintf(cli->out, "%s\n", line.data);
        text_finish(&line);
}

static void print_problem(void *userdata, const struct verify_problem *problem)
{
        struct cli *cli = userdata;

        if (cli->json)
                print_problem_json(cli, problem);
        else
                cli_print(cli->out, "%s: %s%s%s", problem->path, verify_kind_text(problem->kind),
                          problem->detail[0] ? ": " : "", problem->detail);
}

static void print_result(struct cli *cli, const struct verify_result *result)
{
        uint64_t problems = verify_problem_count(result);
        FILE *stream = cli->json ? cli->err : cli->out;

        fprintf(stream, "%" PRIu64 " frames, %" PRIu64 " whole, %" PRIu64 " problem%s\n", result->frames,
                result->frames_whole, problems, problems == 1 ? "" : "s");
        if (result->newer > 0)
                fprintf(stream,
                        "%" PRIu64 " picture%s no row in this snapshot: taken later, or without one on the van too\n",
                        result->newer, result->newer == 1 ? " has" : "s have");
        if (result->open_not_indexed > 0)
                fprintf(stream, "%" PRIu64 " files of the run under way are still to be indexed\n",
                        result->open_not_indexed);
}

static int verify(struct cli *cli, const struct verify_values *values, struct index_db *index)
{
        struct verify_options verify_options = {
                .run = values->run, .skip_hashes = values->quick, .problem = print_problem, .userdata = cli};
        struct verify_result result = {0};
        struct storage_root *root;
        int r = storage_root_open(cli_root(cli), STORAGE_READ, false, &root);

        if (r < 0) {
                cli_error(cli, "%s: %s", cli_root(cli), strerror(-r));
                return CLI_FAILED;
        }
        r = verify_run(root, index, &verify_options, &result);
        storage_root_close(root);
        if (r < 0) {
                cli_error(cli, "%s: cannot be verified: %s", cli_root(cli), strerror(-r));
                return CLI_FAILED;
        }
        print_result(cli, &result);
        return verify_problem_count(&result) > 0 ? CLI_FAILED : CLI_DONE;
}

int cmd_verify(struct cli *cli, int argc, char **argv)
{
        struct verify_values values = {0};
        struct index_db *index;
        int status;

        if (cli_parse(cli, argc, argv, &syntax, &values) < 0)
                return cli->exit_status;
        status = cli_open_index(cli, &index);
        if (status != CLI_DONE)
                return status;
        if (values.run)
                status = filter_check_run(cli, index, values.run);
        if (status == CLI_DONE)
                status = verify(cli, &values, index);
        index_close(index);
        return status;
}
