/* SPDX-License-Identifier: MIT */
#include "storage/sha256.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <unistd.h>

#define DIGEST_SIZE 32
#define READ_SIZE (256 * 1024)

static void to_text(const unsigned char digest[static DIGEST_SIZE], char *text)
{
        static const char digits[] = "0123456789abcdef";

        for (int i = 0; i < DIGEST_SIZE; i++) {
                *text++ = digits[digest[i] >> 4];
                *text++ = digits[digest[i] & 15];
        }
        *text = '\0';
}

/* libcrypto says only that it failed; with a digest built into it, what is missing is memory. */
int sha256_text(const void *data, size_t size, char ret_text[static SHA256_TEXT_SIZE])
{
        unsigned char digest[DIGEST_SIZE];

        if (EVP_Digest(data, size, digest, NULL, EVP_sha256(), NULL) != 1)
                return -ENOMEM;
        to_text(digest, ret_text);
        return 0;
}

static int digest_fd(EVP_MD_CTX *context, int fd, unsigned char *buffer, uint64_t *size)
{
        for (;;) {
                ssize_t n = read(fd, buffer, READ_SIZE);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                if (n == 0)
                        return 0;
                if (EVP_DigestUpdate(context, buffer, (size_t)n) != 1)
                        return -ENOMEM;
                *size += (uint64_t)n;
        }
}

int sha256_fd_text(int fd, char ret_text[static SHA256_TEXT_SIZE], uint64_t *ret_size)
{
        unsigned char digest[DIGEST_SIZE];
        unsigned char *buffer = malloc(READ_SIZE);
        EVP_MD_CTX *context = EVP_MD_CTX_new();
        uint64_t size = 0;
        int r = -ENOMEM;

        if (buffer && context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1)
                r = digest_fd(context, fd, buffer, &size);
        if (r == 0 && EVP_DigestFinal_ex(context, digest, NULL) != 1)
                r = -ENOMEM;
        if (r == 0) {
                to_text(digest, ret_text);
                *ret_size = size;
        }
        EVP_MD_CTX_free(context);
        free(buffer);
        return r;
}
