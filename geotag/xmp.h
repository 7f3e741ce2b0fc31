/* SPDX-License-Identifier: MIT */
/* What the XMP of our pictures looks like; shared by its writer and its reader. Pure.
 *
 * One rdf:Description with an attribute for each member of picture_tag that is known. Doubles have 17 digits, so
 * that they read back as they were; a member without an attribute is not known (NAN, "", 0). */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "geotag/picture_tag.h"

/* Names the name space; nothing is ever fetched from it. */
#define XMP_STREETCAP_NS "urn:streetcap:ns:1.0#"
#define XMP_PREFIX "streetcap:"
/* Opens the payload of the APP1 segment; its NUL is part of it. */
#define XMP_SIGNATURE "http://ns.adobe.com/xap/1.0/"
#define XMP_SIGNATURE_SIZE sizeof(XMP_SIGNATURE)

#define XMP_PACKET_HEAD                                                                                                \
        "<?xpacket begin=\"\xef\xbb\xbf\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n"                                         \
        "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\n"                                                                     \
        "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n"                                        \
        "<rdf:Description rdf:about=\"\" xmlns:streetcap=\"" XMP_STREETCAP_NS "\""
#define XMP_PACKET_TAIL                                                                                                \
        "/>\n"                                                                                                         \
        "</rdf:RDF>\n"                                                                                                 \
        "</x:xmpmeta>\n"                                                                                               \
        "<?xpacket end=\"r\"?>"

enum xmp_type {
        XMP_TEXT,
        XMP_INT,
        XMP_INT64,
        XMP_UINT32,
        XMP_UINT64,
        XMP_DOUBLE,
        XMP_BOOL,   /* "True", "False", as XMP has it */
        XMP_SOURCE, /* enum position_source */
};

struct xmp_field {
        const char *name; /* of the attribute, without the prefix */
        enum xmp_type type;
        size_t offset, size;  /* in struct picture_tag */
        bool known_when_zero; /* an integer: is 0 written? */
};

extern const struct xmp_field xmp_fields[];
extern const size_t xmp_field_count;

/* Bytes of the character at the start of text (size bytes, at least 1) if XML 1.0 allows it, else 0: well-formed
 * UTF-8, and no control character but tab and the line ends. */
size_t xmp_character_length(const char *text, size_t size);

/* Reads the payload of the APP1 segment, signature included, strictly: what xmp_build writes, attributes in any
 * order, those of other names skipped. 0, -ENODATA (no XMP of ours), -EBADMSG. */
int xmp_read(const uint8_t *payload, size_t size, struct picture_tag *ret_tag);
