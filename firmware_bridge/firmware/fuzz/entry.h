/* A sensor under attack: what a client, a controller and an IMU do to it, as bytes. */
#ifndef ENTRY_H
#define ENTRY_H

#include <stddef.h>
#include <stdint.h>

/* What the sensor gave, for whoever wants to look at it. */
typedef enum {
    GAVE_RESULT = 'W', /* a byte: what bip_write said; then the request */
    GAVE_ANSWER = 'A',
    GAVE_PACKET = 'P',
    GAVE_CONFIG = 'C'
} gave;

/* Set before the first input; may stay NULL. */
extern void (*on_given)(gave kind, const uint8_t *bytes, size_t len);

/* Run one input: acts of an opcode, a length and so many bytes. Aborts where the sensor breaks a promise. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
