/* Viewers of HLS. */
#ifndef HLS_LOAD_H
#define HLS_LOAD_H

int hls_load(int argc, char **argv);

#endif
