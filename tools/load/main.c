/* load: what measures an RTMP server, and the yardstick it is measured by.
 *
 *	load --url rtmp://127.0.0.1/live/x --players 300    (rtmp_load.c)
 *	load bare --port 1935 --merge-ms 20                 (bare_loop.c)
 *
 * Shares no code with the server. */
#include <string.h>
#include "bare_loop.h"
#include "rtmp_load.h"


int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "bare"))
		return bare_loop(argc - 1, argv + 1);

	return rtmp_load(argc, argv);
}
