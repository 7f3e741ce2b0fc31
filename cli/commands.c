/* SPDX-License-Identifier: MIT */
#include "cli/commands.h"

const struct cli_command cli_commands[] = {
        {"status", "", "what the daemon is doing now", cmd_status},
        {"doctor", "", "does each camera give pictures, and which are there", cmd_doctor},
        {"runs", "", "the drives", cmd_runs},
        {"frames", "", "what was captured, picture by picture", cmd_frames},
        {"coverage", "", "what there is of each street, and what is missing", cmd_coverage},
        {"export", "", "frames as GeoPackage, GeoJSON or CSV, with their pictures", cmd_export},
        {"roads", "import FILE | info", "the road network", cmd_roads},
        {"replay", "LOG", "a recorded or simulated drive into a run", cmd_replay},
        {"verify", "", "pictures against index", cmd_verify},
        {"snapshot", "FILE", "the index as one file, taken while it is in use", cmd_snapshot},
        {NULL, NULL, NULL, NULL},
};
