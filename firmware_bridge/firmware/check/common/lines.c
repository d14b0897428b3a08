#include "lines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool next_line(char *line, char **words, int *count)
{
    char *word;
    fflush(stdout);
    if (!fgets(line, LINE_MAX_LEN, stdin))
        return false;
    *count = 0;
    for (word = strtok(line, " \n"); word && *count < WORDS_MAX; word = strtok(NULL, " \n"))
        words[(*count)++] = word;
    return true;
}

long long number(const char *word)
{
    return strtoll(word, NULL, 0);
}

uint8_t *bytes_of(const char *word, size_t *len)
{
    uint8_t *bytes;
    size_t i;
    *len = strcmp(word, "-") ? strlen(word) / 2 : 0;
    bytes = malloc(*len ? *len : 1);
    for (i = 0; i < *len; i++) {
        char pair[3] = {word[2 * i], word[2 * i + 1], 0};
        bytes[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
    return bytes;
}

void print_bytes(const uint8_t *bytes, size_t len)
{
    size_t i;
    for (i = 0; i < len; i++)
        printf("%02x", bytes[i]);
    puts(len ? "" : "-");
}
