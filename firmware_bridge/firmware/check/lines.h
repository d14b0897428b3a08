/* Check programs read commands line by line and answer each with one line. */
#ifndef LINES_H
#define LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINE_MAX_LEN 40000
#define WORDS_MAX 16

/* Read a line and cut it into words, in place; false at the end. */
bool next_line(char *line, char **words, int *count);

/* A whole number, decimal or 0x..., negative allowed. */
long long number(const char *word);

/* Bytes of a hex word ("-": none) in memory of exactly their length, so that a sanitiser sees a read too far.
 * The caller frees it. */
uint8_t *bytes_of(const char *word, size_t *len);

/* Print bytes as hex, "-" for none. */
void print_bytes(const uint8_t *bytes, size_t len);

#endif
