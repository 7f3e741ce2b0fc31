/* SPDX-License-Identifier: MIT */
/* Against a small server in a thread of this test, on a free port of loopback. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/text.h"
#include "geotag/gpsd_client.h"

/* Long enough for any machine; only a failure waits for it. */
#define DEADLINE_US 30000000u
#define VERSION "{\"class\":\"VERSION\",\"release\":\"3.22\",\"rev\":\"3.22\",\"proto_major\":3,\"proto_minor\":14}\r\n"

/* What the server does with each connection: NULL ends the list. A step "" waits until the test lets it go on. */
struct script {
        const char *steps[8];
};

struct server {
        int listener, go; /* go: an eventfd, one count lets one "" step pass */
        char port[16];
        const struct script *scripts;
        size_t script_count;
        pthread_t thread;
        char asked[4][512];   /* what each client asked, its begin; read after the thread ended */
        size_t asked_size[4]; /* all of it */
        int64_t accepted_ns[4];
};

static bool wait_readable(int fd)
{
        struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

        return poll(&poll_fd, 1, DEADLINE_US / 1000) == 1;
}

/* Reads the request of client i to the end of its line. */
static void hear(struct server *server, int fd, size_t i)
{
        char buffer[65536];
        ssize_t n = 0;

        while (wait_readable(fd) && (n = read(fd, buffer, sizeof(buffer))) > 0) {
                size_t held = strlen(server->asked[i]), room = sizeof(server->asked[i]) - 1 - held;

                memcpy(server->asked[i] + held, buffer, (size_t)n < room ? (size_t)n : room);
                server->asked_size[i] += (size_t)n;
                if (buffer[n - 1] == '\n')
                        return;
        }
}

static void *serve(void *userdata)
{
        struct server *server = userdata;
        uint64_t count;

        for (size_t i = 0; i < server->script_count; i++) {
                int fd = wait_readable(server->listener) ? accept4(server->listener, NULL, NULL, SOCK_CLOEXEC) : -1;
                int on = 1;

                if (fd < 0)
                        return NULL;
                server->accepted_ns[i] = clock_boottime_ns();
                setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
                hear(server, fd, i);
                for (const char *const *step = server->scripts[i].steps; *step; step++) {
                        if ((*step)[0])
                                fd_write_all(fd, *step, strlen(*step));
                        else if (!wait_readable(server->go) || read(server->go, &count, sizeof(count)) < 0)
                                break;
                }
                close(fd);
        }
        return NULL;
}

/* Takes a port of that IPv4 address, on which connections are refused until it listens. */
static void server_bind_to(struct server *server, const struct script *scripts, size_t count, in_addr_t host)
{
        struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(host)}};
        socklen_t size = sizeof(address);

        *server = (struct server){.scripts = scripts, .script_count = count};
        server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_true(server->listener >= 0);
        assert_int_equal(bind(server->listener, (struct sockaddr *)&address, size), 0);
        assert_int_equal(getsockname(server->listener, (struct sockaddr *)&address, &size), 0);
        snprintf(server->port, sizeof(server->port), "%u", ntohs(address.sin_port));
        server->go = eventfd(0, EFD_CLOEXEC | EFD_SEMAPHORE);
        assert_true(server->go >= 0);
}

static void server_bind(struct server *server, const struct script *scripts, size_t count)
{
        server_bind_to(server, scripts, count, INADDR_LOOPBACK);
}

static void server_listen(struct server *server)
{
        assert_int_equal(listen(server->listener, 4), 0);
        assert_int_equal(pthread_create(&server->thread, NULL, serve, server), 0);
}

static void server_start(struct server *server, const struct script *scripts, size_t count)
{
        server_bind(server, scripts, count);
        server_listen(server);
}

static void server_go(struct server *server)
{
        uint64_t one = 1;

        assert_int_equal(write(server->go, &one, sizeof(one)), sizeof(one));
}

static void server_end(struct server *server)
{
        assert_int_equal(pthread_join(server->thread, NULL), 0);
        close(server->listener);
        close(server->go);
}

/* --- the client's side --- */

struct seen {
        sd_event *event;
        struct server *server;
        struct text lines; /* reports, each with a newline after it */
        unsigned reports, ups, downs;
        unsigned exit_reports, exit_ups, exit_downs; /* the loop ends when so many were seen; 0: not by this */
        unsigned go_at_reports;                      /* lets the server go on then */
        unsigned busy_at_reports;                    /* the handler takes 300 ms then */
        int down_error;
        int64_t last_arrival_ns, busy_until_ns;
};

static void check_exit(struct seen *seen)
{
        if ((seen->exit_reports && seen->reports >= seen->exit_reports) ||
            (seen->exit_ups && seen->ups >= seen->exit_ups) || (seen->exit_downs && seen->downs >= seen->exit_downs))
                sd_event_exit(seen->event, 0);
}

static void on_report(void *userdata, const char *line, size_t length, int64_t arrival_boottime_ns,
                      int64_t realtime_minus_boottime_ns)
{
        struct seen *seen = userdata;

        text_add_bytes(&seen->lines, line, length);
        text_add(&seen->lines, "\n");
        seen->reports++;
        assert_true(arrival_boottime_ns >= seen->last_arrival_ns);
        assert_true(arrival_boottime_ns <= clock_boottime_ns());
        assert_true(llabs(realtime_minus_boottime_ns - clock_realtime_minus_boottime_ns()) < 3600 * NS_PER_S);
        seen->last_arrival_ns = arrival_boottime_ns;
        if (seen->go_at_reports && seen->reports == seen->go_at_reports)
                server_go(seen->server);
        if (seen->busy_at_reports && seen->reports == seen->busy_at_reports) {
                struct timespec busy = {.tv_nsec = 300 * NS_PER_MS};

                nanosleep(&busy, NULL);
                seen->busy_until_ns = clock_boottime_ns();
        }
        check_exit(seen);
}

static void on_link(void *userdata, enum gpsd_link link, int error)
{
        struct seen *seen = userdata;

        if (link == GPSD_LINK_UP) {
                assert_int_equal(error, 0);
                seen->ups++;
        } else {
                assert_true(error < 0);
                seen->downs++;
                seen->down_error = error;
        }
        assert_true(seen->ups == seen->downs || seen->ups == seen->downs + 1 ||
                    seen->downs == seen->ups + 1); /* changes only */
        check_exit(seen);
}

static int on_deadline(sd_event_source *source, uint64_t usec, void *userdata)
{
        return sd_event_exit(sd_event_source_get_event(source), -ETIMEDOUT);
}

static struct gpsd_client *client_start_at(struct seen *seen, struct server *server, const char *host,
                                           const char *device)
{
        struct gpsd_client_handlers handlers = {.report = on_report, .link = on_link, .userdata = seen};
        struct gpsd_client *client;

        seen->server = server;
        assert_true(sd_event_new(&seen->event) >= 0);
        assert_true(sd_event_add_time_relative(seen->event, NULL, CLOCK_MONOTONIC, DEADLINE_US, 0, on_deadline, NULL) >=
                    0);
        assert_int_equal(gpsd_client_create(seen->event, host, server->port, device, &handlers, &client), 0);
        assert_int_equal(seen->ups + seen->downs, 0);
        return client;
}

static struct gpsd_client *client_start(struct seen *seen, struct server *server, const char *device)
{
        return client_start_at(seen, server, "127.0.0.1", device);
}

static void client_end(struct seen *seen, struct gpsd_client *client)
{
        gpsd_client_destroy(client);
        sd_event_unref(seen->event);
        text_finish(&seen->lines);
}

static void reports_in_one_write_all_come(void **state)
{
        static const struct script script[] = {
                {{VERSION
                  "{\"class\":\"DEVICES\",\"devices\":[]}\r\n{\"class\":\"TPV\",\"mode\":1}\r\n{\"class\":\"SKY\"}\r\n"
                  "{\"class\":\"TPV\",\"mode\":2}\r\n",
                  "", NULL}}};
        struct seen seen = {.exit_reports = 5};
        struct gpsd_client *client;
        struct server server;

        server_start(&server, script, 1);
        client = client_start(&seen, &server, "");
        /* The server writes no more: what the client holds must come without another byte. */
        assert_int_equal(sd_event_loop(seen.event), 0);
        assert_string_equal(
                seen.lines.data,
                "{\"class\":\"VERSION\",\"release\":\"3.22\",\"rev\":\"3.22\",\"proto_major\":3,\"proto_minor\":14}\n"
                "{\"class\":\"DEVICES\",\"devices\":[]}\n{\"class\":\"TPV\",\"mode\":1}\n{\"class\":\"SKY\"}\n"
                "{\"class\":\"TPV\",\"mode\":2}\n");
        assert_int_equal(seen.ups, 1);
        assert_int_equal(seen.downs, 0);
        server_go(&server);
        client_end(&seen, client);
        server_end(&server);
        assert_non_null(strstr(server.asked[0], "?WATCH={\"enable\":true,\"json\":true"));
        assert_non_null(strstr(server.asked[0], "\"pps\":true"));
        assert_null(strstr(server.asked[0], "device"));
}

static void a_flood_comes_whole(void **state)
{
        struct script script[] = {{{NULL, "", NULL}}};
        struct seen seen = {.exit_reports = 500};
        struct text flood = {0};
        struct gpsd_client *client;
        struct server server;

        for (unsigned i = 0; i < 500; i++)
                text_addf(&flood, "{\"class\":\"TPV\",\"mode\":1,\"ept\":%u}\r\n", i);
        script[0].steps[0] = flood.data;
        server_start(&server, script, 1);
        client = client_start(&seen, &server, "");
        assert_int_equal(sd_event_loop(seen.event), 0);
        assert_int_equal(seen.reports, 500);
        for (const char *at = seen.lines.data, *next = flood.data; *at;
             at = strchr(at, '\n') + 1, next = strchr(next, '\n') + 1)
                assert_memory_equal(at, next, strcspn(at, "\n"));
        server_go(&server);
        client_end(&seen, client);
        server_end(&server);
        text_finish(&flood);
}

static void a_report_in_two_writes_comes_once(void **state)
{
        static const char first_part[] = VERSION "{\"class\":\"TPV\",";
        static const struct script script[] = {{{first_part, "", "\"mode\":2}\r\n", "", NULL}}};
        struct seen seen = {.exit_reports = 2, .go_at_reports = 1};
        struct gpsd_client *client;
        struct server server;

        server_start(&server, script, 1);
        client = client_start(&seen, &server, "/dev/ttyACM0");
        assert_int_equal(sd_event_loop(seen.event), 0);
        assert_non_null(strstr(seen.lines.data, "\n{\"class\":\"TPV\",\"mode\":2}\n"));
        server_go(&server);
        client_end(&seen, client);
        server_end(&server);
        assert_non_null(strstr(server.asked[0], "/dev/ttyACM0"));
}

/* What is sent while a handler is busy did not arrive before it. */
static void each_read_has_its_own_arrival(void **state)
{
        static const struct script script[] = {{{VERSION, "", "{\"class\":\"TPV\",\"mode\":2}\r\n", "", NULL}}};
        struct seen seen = {.exit_reports = 2, .go_at_reports = 1, .busy_at_reports = 1};
        struct gpsd_client *client;
        struct server server;

        server_start(&server, script, 1);
        client = client_start(&seen, &server, "");
        assert_int_equal(sd_event_loop(seen.event), 0);
        assert_true(seen.busy_until_ns > 0);
        assert_true(seen.last_arrival_ns >= seen.busy_until_ns);
        server_go(&server);
        client_end(&seen, client);
        server_end(&server);
}

/* And of what was sent before, all in one read, none arrived after it. */
static void lines_of_one_read_have_one_arrival(void **state)
{
        static const struct script script[] = {{{VERSION "{\"class\":\"TPV\",\"mode\":2}\r\n", "", NULL}}};
        struct seen seen = {.exit_reports = 2, .busy_at_reports = 1};
        struct gpsd_client *client;
        struct server server;

        server_start(&server, script, 1);
        client = client_start(&seen, &server, "");
        assert_int_equal(sd_event_loop(seen.event), 0);
        assert_true(seen.last_arrival_ns < seen.busy_until_ns - 290 * NS_PER_MS);
        server_go(&server);
        client_end(&seen, client);
        server_end(&server);
}

static void a_server_that_closes_is_asked_again(void **state)
{
        static const struct script script[] = {
                {{VERSION, NULL}}, {{VERSION, NULL}}, {{VERSION "{\"class\":\"TPV\",\"mode\":3}\r\n", "", NULL}}};
        struct seen seen = {.exit_ups = 3};
        struct gpsd_client *client;
        struct server server;

        server_start(&server, script, 3);
        client = client_start(&seen, &server, "");
        assert_int_equal(sd_event_loop(seen.event), 0);
        assert_int_equal(seen.downs, 2);
        assert_true(seen.down_error < 0);
        server_go(&server);
        client_end(&seen, client);
        server_end(&server);
        /* Not at once, or it would spin. */
        assert_true(server.accepted_ns[1] - server.accepted_ns[0] > 400 * NS_PER_MS);
        assert_true(server.accepted_ns[2] - server.accepted_ns[1] > 400 * NS_PER_MS);
}

static void half_a_report_before_the_end_is_no_report(void **state)
{
        static const struct script script[] = {{{VERSION "{\"class\":\"TPV\",\"mo", NULL}}};
        struct seen seen = {.exit_downs = 1};
        struct gpsd_client *client;
        struct server server;

        server_start(&server, script, 1);
        client = client_start(&seen, &server, "");
        assert_int_equal(sd_event_loop(seen.event), 0);
        assert_int_equal(seen.reports, 1);
        assert_int_equal(seen.ups, 1);
        client_end(&seen, client);
        server_end(&server);
}

/* The last but one is what gps_read of libgps 3.22 never returns from. */
static void junk_goes_through_as_lines(void **state)
{
        static const char junk[] = VERSION
                "\x01\x02 junk {{{\r\n\r\n$GPRMC,,*00\r\n"
                "{\"class\":\"TPV\",\"mode\":3,\"lat\":\"x\",\"b\":{\"class\":\"WATCH\",\"enable\":true}}\r\n"
                "{\"class\":\"TPV\",\"mode\":3}\r\n";
        static const struct script script[] = {{{junk, "", NULL}}};
        struct seen seen = {.exit_reports = 5};
        struct gpsd_client *client;
        struct server server;

        server_start(&server, script, 1);
        client = client_start(&seen, &server, "");
        assert_int_equal(sd_event_loop(seen.event), 0);
        assert_non_null(strstr(seen.lines.data, "{\"class\":\"TPV\",\"mode\":3}\n"));
        server_go(&server);
        client_end(&seen, client);
        server_end(&server);
}

static void a_line_that_is_too_long_comes_cut_and_the_next_whole(void **state)
{
        struct script script[] = {{{NULL, "", NULL}}};
        struct seen seen = {.exit_reports = 3};
        struct text lines = {0};
        struct gpsd_client *client;
        struct server server;
        const char *cut;

        text_add(&lines, VERSION);
        for (unsigned i = 0; i < 30000; i++)
                text_add(&lines, "x");
        text_add(&lines, "\r\n{\"class\":\"TPV\",\"mode\":3}\r\n");
        script[0].steps[0] = lines.data;
        server_start(&server, script, 1);
        client = client_start(&seen, &server, "");
        assert_int_equal(sd_event_loop(seen.event), 0);
        cut = strchr(seen.lines.data, '\n') + 1;
        assert_in_range(strspn(cut, "x"), 10000, 10300);
        assert_string_equal(cut + strspn(cut, "x"), "\n{\"class\":\"TPV\",\"mode\":3}\n");
        server_go(&server);
        client_end(&seen, client);
        server_end(&server);
        text_finish(&lines);
}

static void a_gpsd_that_is_away_is_told_once_and_waited_for(void **state)
{
        static const struct script script[] = {{{VERSION, "", NULL}}};
        struct seen seen = {.exit_reports = 1};
        struct gpsd_client *client;
        struct server server;

        server_bind(&server, script, 1);
        client = client_start(&seen, &server, "");
        while (seen.downs == 0)
                assert_true(sd_event_run(seen.event, UINT64_MAX) >= 0);
        assert_int_equal(seen.down_error, -ECONNREFUSED);
        assert_int_equal(seen.ups, 0);
        server_listen(&server);
        assert_int_equal(sd_event_loop(seen.event), 0);
        assert_int_equal(seen.downs, 1);
        assert_int_equal(seen.ups, 1);
        server_go(&server);
        client_end(&seen, client);
        server_end(&server);
}

/* Connections that nobody accepts fill a listener's queue; the system drops what more comes, without an answer. */
static void stuff_listener(int listener, int *ret_fds, size_t count)
{
        struct sockaddr_in address;
        socklen_t size = sizeof(address);

        assert_int_equal(listen(listener, 0), 0);
        assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
        for (size_t i = 0; i < count; i++) {
                ret_fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
                assert_true(ret_fds[i] >= 0);
                assert_true(connect(ret_fds[i], (struct sockaddr *)&address, size) == 0 || errno == EINPROGRESS);
        }
}

static int on_tick(sd_event_source *source, uint64_t usec, void *userdata)
{
        unsigned *ticks = userdata;

        (*ticks)++;
        assert_true(sd_event_source_set_time_relative(source, 20000) >= 0);
        return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static void a_host_that_gives_no_answer_holds_nothing_up(void **state)
{
        struct seen seen = {.exit_downs = 1};
        int64_t begin_ns = clock_boottime_ns();
        sd_event_source *tick = NULL;
        struct gpsd_client *client;
        struct server server;
        unsigned ticks = 0;
        int fds[4];

        server_bind(&server, NULL, 0);
        stuff_listener(server.listener, fds, 4);
        client = client_start(&seen, &server, "");
        assert_true(sd_event_add_time_relative(seen.event, &tick, CLOCK_MONOTONIC, 0, 1000, on_tick, &ticks) >= 0);
        assert_int_equal(sd_event_loop(seen.event), 0);
        assert_int_equal(seen.down_error, -ETIMEDOUT);
        assert_true(clock_boottime_ns() - begin_ns >= 5 * NS_PER_S);
        assert_true(ticks > 20); /* of 250: the loop went on all the time */
        sd_event_source_unref(tick);
        client_end(&seen, client);
        for (size_t i = 0; i < 4; i++)
                close(fds[i]);
        close(server.listener);
        close(server.go);
}

/* localhost is ::1 first, where nobody listens. */
static void each_address_of_a_host_is_tried(void **state)
{
        static const struct script script[] = {{{VERSION, "", NULL}}};
        struct seen seen = {.exit_reports = 1};
        struct gpsd_client *client;
        struct server server;

        server_start(&server, script, 1);
        client = client_start_at(&seen, &server, "LocalHost", "");
        assert_int_equal(sd_event_loop(seen.event), 0);
        assert_int_equal(seen.downs, 0);
        server_go(&server);
        client_end(&seen, client);
        server_end(&server);
}

static void a_name_is_looked_up(void **state)
{
        static const struct script script[] = {{{VERSION, "", NULL}}};
        struct seen seen = {.exit_reports = 1};
        struct addrinfo *list;
        struct gpsd_client *client;
        struct server server;
        char name[256] = "";

        assert_int_equal(gethostname(name, sizeof(name) - 1), 0);
        if (getaddrinfo(name, NULL, NULL, &list) != 0) {
                print_message("this machine does not know its own name, %s\n", name);
                skip();
        }
        freeaddrinfo(list);
        server_bind_to(&server, script, 1, INADDR_ANY);
        server_listen(&server);
        client = client_start_at(&seen, &server, name, "");
        assert_int_equal(sd_event_loop(seen.event), 0);
        server_go(&server);
        client_end(&seen, client);
        server_end(&server);
}

/* A name that no resolver needs to ask anybody about: a part of it is too long. */
#define NO_NAME "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.invalid"

static void a_name_that_nobody_knows_is_told(void **state)
{
        struct seen seen = {.exit_downs = 1};
        struct gpsd_client *client;
        struct server server;

        server_bind(&server, NULL, 0);
        client = client_start_at(&seen, &server, NO_NAME, "");
        assert_int_equal(sd_event_loop(seen.event), 0);
        assert_int_equal(seen.down_error, -ENXIO);
        client_end(&seen, client);
        close(server.listener);
        close(server.go);
}

static void a_client_ends_while_a_name_is_looked_up(void **state)
{
        struct seen seen = {0};
        struct gpsd_client *client;
        struct server server;

        server_bind(&server, NULL, 0);
        client = client_start_at(&seen, &server, NO_NAME, "");
        assert_true(sd_event_run(seen.event, 0) >= 0); /* the look-up begins */
        client_end(&seen, client);
        close(server.listener);
        close(server.go);
}

/* More than the system's buffers take at once. */
static void a_request_in_many_writes_comes_whole(void **state)
{
        static const struct script script[] = {{{VERSION, "", NULL}}};
        const size_t size = (size_t)24 << 20;
        struct seen seen = {.exit_reports = 1};
        char *device = malloc(size + 1);
        struct gpsd_client *client;
        struct server server;

        assert_non_null(device);
        memset(device, 'x', size);
        device[size] = '\0';
        server_start(&server, script, 1);
        client = client_start(&seen, &server, device);
        assert_int_equal(sd_event_loop(seen.event), 0);
        assert_int_equal(seen.downs, 0);
        server_go(&server);
        client_end(&seen, client);
        server_end(&server);
        free(device);
        assert_int_equal(server.asked_size[0],
                         size + strlen("?WATCH={\"enable\":true,\"json\":true,\"pps\":true,\"device\":\"\"};\n"));
}

/* A program that is started, such as a camera's helper, must not take the connection along. */
static void the_connection_is_closed_on_exec(void **state)
{
        static const struct script script[] = {{{VERSION, "", NULL}}};
        struct seen seen = {.exit_ups = 1};
        struct gpsd_client *client;
        struct server server;
        unsigned connections = 0;

        server_start(&server, script, 1);
        client = client_start(&seen, &server, "");
        assert_int_equal(sd_event_loop(seen.event), 0);
        for (int fd = 0; fd < 256; fd++) {
                struct sockaddr_in peer = {0};
                socklen_t size = sizeof(peer);

                if (getpeername(fd, (struct sockaddr *)&peer, &size) < 0 || peer.sin_family != AF_INET ||
                    ntohs(peer.sin_port) != (unsigned)atoi(server.port))
                        continue;
                connections++;
                assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
                assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
        }
        assert_int_equal(connections, 1);
        server_go(&server);
        client_end(&seen, client);
        server_end(&server);
}

static void destroy_takes_null(void **state)
{
        gpsd_client_destroy(NULL);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(reports_in_one_write_all_come),
                cmocka_unit_test(a_flood_comes_whole),
                cmocka_unit_test(a_report_in_two_writes_comes_once),
                cmocka_unit_test(each_read_has_its_own_arrival),
                cmocka_unit_test(lines_of_one_read_have_one_arrival),
                cmocka_unit_test(a_server_that_closes_is_asked_again),
                cmocka_unit_test(half_a_report_before_the_end_is_no_report),
                cmocka_unit_test(junk_goes_through_as_lines),
                cmocka_unit_test(a_line_that_is_too_long_comes_cut_and_the_next_whole),
                cmocka_unit_test(a_gpsd_that_is_away_is_told_once_and_waited_for),
                cmocka_unit_test(a_host_that_gives_no_answer_holds_nothing_up),
                cmocka_unit_test(each_address_of_a_host_is_tried),
                cmocka_unit_test(a_name_is_looked_up),
                cmocka_unit_test(a_name_that_nobody_knows_is_told),
                cmocka_unit_test(a_client_ends_while_a_name_is_looked_up),
                cmocka_unit_test(a_request_in_many_writes_comes_whole),
                cmocka_unit_test(the_connection_is_closed_on_exec),
                cmocka_unit_test(destroy_takes_null),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
