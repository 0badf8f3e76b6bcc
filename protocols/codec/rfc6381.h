/* The codecs parameter of MIME types (RFC 6381 and the codecs' own
 * documents), as playlists, MSE and SDP-like lists want it: "avc1.64001f".
 * All write text without a terminating zero; the writer's error sticks.
 * Thread: any. */
#ifndef RFC6381_H
#define RFC6381_H

struct aac_config;
struct av1_config;
struct avc_config;
struct hevc_profile;
struct vp9_config;
struct writer;

/* avc1.PPCCLL, hexadecimal (RFC 6381 s3.3). */
void rfc6381_print_avc(struct writer *w, const struct avc_config *c);

/* hvc1.1.6.L93.B0 (ISO/IEC 14496-15 Annex E.3). */
void rfc6381_print_hevc(struct writer *w, const struct hevc_profile *p);

/* av01.0.04M.08, the short form (AV1-ISOBMFF s5). */
void rfc6381_print_av1(struct writer *w, const struct av1_config *c);

/* vp09.00.31.08, the short form. */
void rfc6381_print_vp9(struct writer *w, const struct vp9_config *c);

/* mp4a.40.2, .5 with SBR, .29 with PS (RFC 6381 s3.3).  The others need no
 * function: "opus", "mp4a.40.34" (MP3), "ac-3", "ec-3", "fLaC". */
void rfc6381_print_aac(struct writer *w, const struct aac_config *c);

#endif
