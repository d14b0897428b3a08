#include "hci.h"

#include <string.h>

/* Bluetooth Core Specification 5.4, Vol 4 Part A (H4) and Part E (commands and events); Vol 3 Part A (L2CAP). */
enum { H4_COMMAND = 1, H4_ACL = 2, H4_EVENT = 4 };

enum {
    CMD_RESET = 0x0C03,
    CMD_LE_READ_BUFFER_SIZE = 0x2002,
    CMD_LE_SET_RANDOM_ADDRESS = 0x2005,
    CMD_LE_SET_ADVERTISING = 0x2006,
    CMD_LE_SET_ADVERTISING_DATA = 0x2008,
    CMD_LE_SET_SCAN_RESPONSE = 0x2009,
    CMD_LE_ADVERTISE = 0x200A
};

enum {
    EVENT_DISCONNECTED = 0x05,
    EVENT_COMMAND_COMPLETE = 0x0E,
    EVENT_COMPLETED_PACKETS = 0x13,
    EVENT_LE = 0x3E,
    LE_CONNECTED = 0x01,
    LE_CONNECTED_ENHANCED = 0x0A
};

enum { AD_FLAGS = 0x01, AD_SERVICES_128 = 0x07, AD_NAME = 0x09, GENERAL_DISCOVERABLE_LE_ONLY = 0x06 };

#define SETUP_STEPS 7u
#define ADVERTISING_INTERVAL 32u /* times 0.625 ms: 20 ms, as sensors do in their first seconds */
#define ALL_CHANNELS 7u
#define AD_LEN 31u
#define NAME_MAX 24u
#define CID_ATT 4u
#define L2CAP_HEADER_LEN 4u
#define ACL_HEADER_LEN 5u       /* with the packet type */
#define CONTINUED 0x1000u       /* packet boundary flag: a further piece of a frame */
#define CONNECTION_MASK 0x0FFFu
#define DEFAULT_ACL_LEN 27u     /* what every controller takes */

static void command(hci_host *host, uint16_t opcode, const uint8_t *parameters, uint8_t len)
{
    uint8_t packet[4 + 1 + AD_LEN];

    packet[0] = H4_COMMAND;
    bip_put16(packet + 1, opcode);
    packet[3] = len;
    if (len)
        memcpy(packet + 4, parameters, len);
    host->send(host->ctx, packet, 4u + len);
}

static void set_advertising(hci_host *host)
{
    uint8_t p[15] = {0};
    bip_put16(p, ADVERTISING_INTERVAL);
    bip_put16(p + 2, ADVERTISING_INTERVAL);
    p[5] = 1; /* own address: random */
    p[13] = ALL_CHANNELS;
    command(host, CMD_LE_SET_ADVERTISING, p, sizeof p);
}

static void set_advertising_data(hci_host *host)
{
    uint8_t p[1 + AD_LEN] = {0};
    p[0] = 3 + 18;
    p[1] = 2;
    p[2] = AD_FLAGS;
    p[3] = GENERAL_DISCOVERABLE_LE_ONLY;
    p[4] = 17;
    p[5] = AD_SERVICES_128;
    memcpy(p + 6, BIP_SERVICE_UUID, 16);
    command(host, CMD_LE_SET_ADVERTISING_DATA, p, sizeof p);
}

static void set_scan_response(hci_host *host)
{
    const char *name = host->att->identity->name;
    uint8_t p[1 + AD_LEN] = {0}, len = 0;

    while (name[len] && len < NAME_MAX) {
        p[3 + len] = (uint8_t)name[len];
        len++;
    }
    p[0] = (uint8_t)(len + 2);
    p[1] = (uint8_t)(len + 1);
    p[2] = AD_NAME;
    command(host, CMD_LE_SET_SCAN_RESPONSE, p, sizeof p);
}

static void advertise(hci_host *host)
{
    const uint8_t on = 1;
    command(host, CMD_LE_ADVERTISE, &on, 1);
}

/* One command at a time; its completion brings the next. */
static void set_up(hci_host *host)
{
    switch (host->step++) {
    case 0: command(host, CMD_RESET, NULL, 0); break;
    case 1: command(host, CMD_LE_READ_BUFFER_SIZE, NULL, 0); break;
    case 2: command(host, CMD_LE_SET_RANDOM_ADDRESS, host->address, 6); break;
    case 3: set_advertising(host); break;
    case 4: set_advertising_data(host); break;
    case 5: set_scan_response(host); break;
    default: advertise(host); break;
    }
}

void hci_start(hci_host *host, att_server *att, const uint8_t address[6],
               void (*send)(void *ctx, const uint8_t *bytes, size_t len), void *ctx)
{
    memset(host, 0, sizeof *host);
    host->att = att;
    host->send = send;
    host->ctx = ctx;
    memcpy(host->address, address, 6);
    host->acl_len = DEFAULT_ACL_LEN;
    host->acl_total = 1;
    set_up(host);
}

static size_t pieces(const hci_host *host, size_t frame_len)
{
    return (frame_len + host->acl_len - 1) / host->acl_len;
}

/* Send one ATT PDU, which follows the L2CAP header's room in `frame`, in as many pieces as the controller needs. */
static void send_att(hci_host *host, uint8_t *frame, size_t pdu_len)
{
    uint8_t packet[ACL_HEADER_LEN + HCI_L2CAP_MAX];
    const size_t frame_len = L2CAP_HEADER_LEN + pdu_len;
    size_t done, len;

    bip_put16(frame, (uint16_t)pdu_len);
    bip_put16(frame + 2, CID_ATT);
    for (done = 0; done < frame_len; done += len) {
        len = frame_len - done < host->acl_len ? frame_len - done : host->acl_len;
        packet[0] = H4_ACL;
        bip_put16(packet + 1, (uint16_t)(host->connection | (done ? CONTINUED : 0u)));
        bip_put16(packet + 3, (uint16_t)len);
        memcpy(packet + ACL_HEADER_LEN, frame + done, len);
        host->send(host->ctx, packet, ACL_HEADER_LEN + len);
        if (host->acl_free)
            host->acl_free--;
    }
}

static bool has_room(const hci_host *host)
{
    return host->acl_free >= pieces(host, L2CAP_HEADER_LEN + host->att->mtu);
}

void hci_pump(hci_host *host)
{
    uint8_t frame[HCI_L2CAP_MAX];
    size_t len;

    while (host->connected && has_room(host)) {
        if (host->answer_len) {
            send_att(host, host->answer, host->answer_len);
            host->answer_len = 0;
        } else if ((len = att_next(host->att, frame + L2CAP_HEADER_LEN)) != 0) {
            send_att(host, frame, len);
        } else {
            return;
        }
    }
}

static void on_frame(hci_host *host)
{
    uint8_t frame[HCI_L2CAP_MAX];
    size_t len;

    if (bip_get16(host->l2cap + 2) != CID_ATT)
        return; /* signalling and pairing: nothing this peripheral takes part in */
    len = att_receive(host->att, host->l2cap + L2CAP_HEADER_LEN, host->l2cap_len - L2CAP_HEADER_LEN,
                      frame + L2CAP_HEADER_LEN);
    if (len && !host->answer_len) { /* a client that does not wait for its answer gets no second one */
        memcpy(host->answer, frame, L2CAP_HEADER_LEN + len);
        host->answer_len = (uint16_t)len;
    }
    hci_pump(host);
}

/* Data of a connection: pieces of L2CAP frames. A frame that is too long or out of place is dropped whole. */
static void on_acl(hci_host *host, const uint8_t *packet, size_t len)
{
    const uint16_t head = bip_get16(packet + 1);
    const uint8_t *data = packet + ACL_HEADER_LEN;
    const size_t size = len - ACL_HEADER_LEN;

    if (!host->connected || (head & CONNECTION_MASK) != host->connection)
        return;
    if ((head & 0x3000u) != CONTINUED) {
        host->l2cap_len = host->l2cap_want = 0;
        if (size < L2CAP_HEADER_LEN || bip_get16(data) > ATT_MTU_MAX)
            return;
        host->l2cap_want = (uint16_t)(bip_get16(data) + L2CAP_HEADER_LEN);
    }
    if (!host->l2cap_want || size > (size_t)host->l2cap_want - host->l2cap_len) {
        host->l2cap_want = 0;
        return;
    }
    memcpy(host->l2cap + host->l2cap_len, data, size);
    host->l2cap_len = (uint16_t)(host->l2cap_len + size);
    if (host->l2cap_len == host->l2cap_want) {
        host->l2cap_want = 0;
        on_frame(host);
    }
}

/* A PDU must fit into the controller as a whole, or it could never be sent. */
static void lower_mtu(hci_host *host)
{
    const uint32_t fits = (uint32_t)host->acl_len * host->acl_total - L2CAP_HEADER_LEN;
    if (fits < host->att->mtu_max)
        host->att->mtu_max = (uint16_t)(fits < BIP_MTU_MIN ? BIP_MTU_MIN : fits);
}

static void on_command_complete(hci_host *host, const uint8_t *event, size_t len)
{
    /* packets allowed, opcode, status, then what the command gives */
    if (len >= 7 && bip_get16(event + 1) == CMD_LE_READ_BUFFER_SIZE && event[3] == 0 &&
        bip_get16(event + 4) >= DEFAULT_ACL_LEN && event[6]) {
        host->acl_len = bip_get16(event + 4) < HCI_L2CAP_MAX ? bip_get16(event + 4) : HCI_L2CAP_MAX;
        host->acl_total = event[6];
        lower_mtu(host);
    }
    if (host->step < SETUP_STEPS)
        set_up(host);
}

static void on_completed_packets(hci_host *host, const uint8_t *event, size_t len)
{
    const uint32_t total = host->acl_total;
    size_t i;
    uint32_t now_free;

    for (i = 1; len >= 1 && i + 4 <= len && i + 4 <= 1u + 4u * event[0]; i += 4)
        if ((bip_get16(event + i) & CONNECTION_MASK) == host->connection) {
            now_free = (uint32_t)host->acl_free + bip_get16(event + i + 2);
            host->acl_free = (uint8_t)(now_free < total ? now_free : total);
        }
}

static void on_connected(hci_host *host, uint16_t connection)
{
    host->connection = connection & CONNECTION_MASK;
    host->connected = true;
    host->acl_free = host->acl_total;
    host->l2cap_len = host->l2cap_want = host->answer_len = 0;
    att_connected(host->att);
}

static void on_event(hci_host *host, uint8_t code, const uint8_t *event, size_t len)
{
    switch (code) {
    case EVENT_COMMAND_COMPLETE: on_command_complete(host, event, len); break;
    case EVENT_COMPLETED_PACKETS: on_completed_packets(host, event, len); break;
    case EVENT_DISCONNECTED:
        if (host->connected && len >= 3 && (bip_get16(event + 1) & CONNECTION_MASK) == host->connection) {
            host->connected = false;
            att_disconnected(host->att);
            advertise(host);
        }
        break;
    case EVENT_LE:
        if (len >= 4 && (event[0] == LE_CONNECTED || event[0] == LE_CONNECTED_ENHANCED) && event[1] == 0)
            on_connected(host, bip_get16(event + 2));
        break;
    default: break;
    }
}

/* Bytes a packet has in all, as far as its first `len` bytes tell: 0 for a type that cannot be. */
static size_t whole_len(const uint8_t *packet, size_t len)
{
    if (packet[0] == H4_EVENT)
        return len < 3 ? 3 : 3u + packet[2];
    if (packet[0] == H4_ACL)
        return len < ACL_HEADER_LEN ? ACL_HEADER_LEN : ACL_HEADER_LEN + (size_t)bip_get16(packet + 3);
    return 0;
}

static void on_byte(hci_host *host, uint8_t byte)
{
    size_t whole;

    if (host->skip) {
        host->skip--;
        return;
    }
    host->packet[host->packet_len++] = byte;
    whole = whole_len(host->packet, host->packet_len);
    if (whole > HCI_PACKET_MAX) {
        host->skip = (uint32_t)(whole - host->packet_len);
        host->packet_len = 0;
    } else if (!whole) {
        host->packet_len = 0; /* not H4: look for the next type byte */
    } else if (host->packet_len == whole) {
        if (host->packet[0] == H4_EVENT && whole >= 3)
            on_event(host, host->packet[1], host->packet + 3, whole - 3);
        else if (host->packet[0] == H4_ACL)
            on_acl(host, host->packet, whole);
        host->packet_len = 0;
    }
}

void hci_receive(hci_host *host, const uint8_t *bytes, size_t len)
{
    size_t i;
    for (i = 0; i < len; i++)
        on_byte(host, bytes[i]);
}
