/* load: what measures a server, and the yardsticks it is measured by.
 *
 *	load --url rtmp://127.0.0.1/live/x --players 300    (rtmp_load.c)
 *	load --url ... --flv-port 8080 --players 300        (the same by FLV)
 *	load hls --url http://127.0.0.1:8080/live/x         (hls_load.c)
 *	load bare --port 1935 --merge-ms 20                 (bare_loop.c)
 *	load turn --server 127.0.0.1:3478 --secret x        (turn_load.c)
 *	load bare-turn --port 3478                          (bare_turn.c)
 *
 * What RTMP needs shares no code with the server; what TURN needs takes the
 * messages from protocols/stun. */
#include <string.h>
#include "bare_loop.h"
#include "bare_turn.h"
#include "hls_load.h"
#include "rtmp_load.h"
#include "turn.h"


int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "bare"))
		return bare_loop(argc - 1, argv + 1);
	if (argc > 1 && !strcmp(argv[1], "hls"))
		return hls_load(argc - 1, argv + 1);
	if (argc > 1 && !strcmp(argv[1], "turn"))
		return turn_load(argc - 1, argv + 1);
	if (argc > 1 && !strcmp(argv[1], "bare-turn"))
		return bare_turn(argc - 1, argv + 1);

	return rtmp_load(argc, argv);
}
