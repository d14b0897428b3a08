/* A BLE peripheral on a bare HCI controller: H4 bytes in and out, one connection, advertising in between.
 *
 * For the tests, where the controller is a virtual one behind a socket, and for boards with an HCI chip on a
 * serial line. The board hands in what it received, and gives a function that sends.
 */
#ifndef HCI_H
#define HCI_H

#include "att.h"

#ifdef __cplusplus
extern "C" {
#endif

#define HCI_PACKET_MAX 260u /* 251 bytes of data, their header, the packet type; an event has at most 258 */
#define HCI_L2CAP_MAX (4u + ATT_MTU_MAX)

typedef struct {
    att_server *att;
    void (*send)(void *ctx, const uint8_t *bytes, size_t len); /* takes all bytes before it returns */
    void *ctx;
    uint8_t address[6]; /* static random, least significant byte first */
    uint8_t step;       /* of the set-up */
    bool connected;
    uint16_t connection;
    uint16_t acl_len;    /* longest piece the controller takes */
    uint8_t acl_total;   /* pieces it holds */
    uint8_t acl_free;    /* pieces it still takes */
    uint16_t packet_len; /* of what has come of a packet */
    uint16_t l2cap_len;  /* of what has come of a frame */
    uint16_t l2cap_want; /* its whole length; 0: none has begun */
    uint16_t answer_len; /* of an ATT answer that waits for room; 0: none */
    uint32_t skip;       /* bytes of a packet too long to hold that are still to come */
    uint8_t packet[HCI_PACKET_MAX];
    uint8_t l2cap[HCI_L2CAP_MAX];
    uint8_t answer[HCI_L2CAP_MAX];
} hci_host;

/* Begin, and set the controller up. `att` and what `ctx` points to stay the caller's. The address' top two bits
 * should be set: static random. */
void hci_start(hci_host *host, att_server *att, const uint8_t address[6],
               void (*send)(void *ctx, const uint8_t *bytes, size_t len), void *ctx);

/* Bytes came from the controller, in any portions. */
void hci_receive(hci_host *host, const uint8_t *bytes, size_t len);

/* Send what is due while the controller has room: call it after every hci_receive and after every sample. */
void hci_pump(hci_host *host);

#ifdef __cplusplus
}
#endif
#endif
