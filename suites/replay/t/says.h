/* Words for the scripts of the fake daemon. */
#ifndef BUGFORBUG_SUITES_REPLAY_T_SAYS_H
#define BUGFORBUG_SUITES_REPLAY_T_SAYS_H

#define A64 "0a1b2c3d4e5f00112233445566778899aabbccddeeff00112233445566778899"
#define B64 "f5e4d3c2b1a099887766554433221100ffeeddccbbaa99887766554433221100"

#define JSON(status, length, body)                                                                 \
    "HTTP/1.1 " status "\r\nContent-Type: application/json\r\nContent-Length: " #length            \
    "\r\n\r\n" body
#define LIST(body) "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n" body
#define EMPTY(status) "HTTP/1.1 " status "\r\n\r\n"
#define OK JSON("200 OK", 2, "{}")
#define DONE EMPTY("204 No Content")
#define CREATED JSON("201 Created", 73, "{\"Id\":\"" B64 "\"}")
#define UPGRADED "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n"
#define FAILED JSON("500 Internal Server Error", 16, "{\"message\":\"no\"}")

#endif
