/* SPDX-License-Identifier: MIT */
/* SHA-256 as lower-case hexadecimal text. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define SHA256_TEXT_SIZE 65

/* 0 or -ENOMEM. */
int sha256_text(const void *data, size_t size, char ret_text[static SHA256_TEXT_SIZE]);
/* Of all that can be read from fd, from where it stands; *ret_size is how many bytes that was. Blocking. 0 or negative
 * errno. */
int sha256_fd_text(int fd, char ret_text[static SHA256_TEXT_SIZE], uint64_t *ret_size);
