/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/resolve.h"

static void assert_address(const struct resolved_address *address, const char *text, unsigned port)
{
        const struct sockaddr_in *in4 = (const struct sockaddr_in *)&address->address;
        const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&address->address;
        char buffer[INET6_ADDRSTRLEN];
        int family = address->address.ss_family;

        assert_true(family == AF_INET ? address->size == sizeof(*in4) : address->size == sizeof(*in6));
        assert_non_null(inet_ntop(family, family == AF_INET ? (const void *)&in4->sin_addr : &in6->sin6_addr, buffer,
                                  sizeof(buffer)));
        assert_string_equal(buffer, text);
        assert_int_equal(ntohs(family == AF_INET ? in4->sin_port : in6->sin6_port), port);
}

static void an_address_is_known_at_once(void **state)
{
        static const char *const addresses[] = {"192.0.2.7", "2001:db8::7", "127.0.0.1", "::1"};

        for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
                struct resolved resolved;

                assert_int_equal(resolve_at_once(addresses[i], "2947", &resolved), 0);
                assert_int_equal(resolved.error, 0);
                assert_int_equal(resolved.count, 1);
                assert_address(&resolved.addresses[0], addresses[i], 2947);
        }
}

static void localhost_is_both_loopbacks(void **state)
{
        struct resolved resolved;

        assert_int_equal(resolve_at_once("localhost", "80", &resolved), 0);
        assert_int_equal(resolved.count, 2);
        assert_address(&resolved.addresses[0], "::1", 80);
        assert_address(&resolved.addresses[1], "127.0.0.1", 80);
}

static void a_name_is_not_known_at_once(void **state)
{
        struct resolved resolved;

        memset(&resolved, 0x5a, sizeof(resolved));
        assert_int_equal(resolve_at_once("gps.example", "80", &resolved), -EAGAIN);
        assert_int_equal(resolve_at_once("localhost.example", "80", &resolved), -EAGAIN);
        assert_int_equal(resolved.count, 0x5a5a5a5a); /* untouched */
}

/* An address needs no resolver, but takes the same way when it is asked. */
static void a_look_up_answers_through_its_descriptor(void **state)
{
        struct resolved resolved;
        int fd = resolve_start("192.0.2.7", "2947");

        assert_true(fd >= 0);
        assert_int_equal(resolve_finish(fd, &resolved), 0);
        assert_int_equal(resolved.count, 1);
        assert_address(&resolved.addresses[0], "192.0.2.7", 2947);
        assert_int_equal(close(fd), -1); /* it was closed */
}

static void a_look_up_that_fails_says_so(void **state)
{
        struct resolved resolved;
        int fd = resolve_start("192.0.2.7", "no number");
        char name[400] = "";

        assert_true(fd >= 0);
        memset(&resolved, 0x5a, sizeof(resolved));
        assert_int_equal(resolve_finish(fd, &resolved), -ENXIO);
        assert_int_equal(resolved.count, 0x5a5a5a5a);
        memset(name, 'a', sizeof(name) - 1);
        assert_int_equal(resolve_start(name, "80"), -ENAMETOOLONG);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(an_address_is_known_at_once),
                cmocka_unit_test(localhost_is_both_loopbacks),
                cmocka_unit_test(a_name_is_not_known_at_once),
                cmocka_unit_test(a_look_up_answers_through_its_descriptor),
                cmocka_unit_test(a_look_up_that_fails_says_so),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
