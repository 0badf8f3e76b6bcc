/* Embedded files.  C11 has no #embed; the assembler's .incbin is quick, and
 * known to gcc and clang alike.  embedded.h is made by tools/embed/run. */
#include "admin_assets.h"

/* A byte follows each, so that an empty file has an address of its own. */
#define EMBED(n, name, type, etag, file)				\
	extern const uint8_t admin_asset_##n[];				\
	extern const uint8_t admin_asset_##n##_end[];			\
	__asm__(".pushsection .rodata\n"				\
		"admin_asset_" #n ":\n"					\
		".incbin \"" file "\"\n"				\
		"admin_asset_" #n "_end:\n"				\
		".byte 0\n"						\
		".popsection\n");
#include <embedded.h>
#undef EMBED

static const struct admin_asset assets[] = {
#define EMBED(n, name, type, etag, file)				\
	{ name, type, etag, admin_asset_##n, admin_asset_##n##_end },
#include <embedded.h>
#undef EMBED
};


const struct admin_asset *admin_assets_find(struct str name)
{
	size_t n;

	for (n = 0; n < sizeof(assets) / sizeof(assets[0]); n++) {
		if (str_is(name, assets[n].name))
			return &assets[n];
	}

	return NULL;
}
