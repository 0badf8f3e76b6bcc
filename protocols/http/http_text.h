/* The words of HTTP: tokens, field values, lists (RFC 9110 s5.6).
 * Results are borrowed from the arguments.  Thread: any, pure. */
#ifndef HTTP_TEXT_H
#define HTTP_TEXT_H

#include "base/slice.h"

/* May this byte stand in a token, in a field's value (s5.6.2, s5.5)? */
bool http_text_is_tchar(char c);
bool http_text_is_vchar(char c);

/* Is all of `s` a token: one such byte at least? */
bool http_text_is_token(struct str s);

/* Is `s` a field's value: nothing below a blank but tabs, no DEL?  So it has
 * neither CR nor LF nor NUL.  May be empty. */
bool http_text_is_value(struct str s);

/* Are they equal, ASCII case aside? */
bool http_text_eq(struct str a, struct str b);

/* `s` without blanks and tabs at its ends. */
struct str http_text_trim(struct str s);

/* `s` without its first `n` bytes; n: at most s.len. */
struct str http_text_from(struct str s, size_t n);

/* Cut off and return what stands before the first `c`, or all; `c` is
 * dropped. */
struct str http_text_cut(struct str *s, char c);

/* Walk a list `a, b;x="1,2"` (s5.6.1): cut the next element off `rest`,
 * trimmed.  Commas in quoted strings separate nothing; empty elements are
 * passed over.  False at the end. */
bool http_text_list_next(struct str *rest, struct str *item);

/* Decimal digits only, at least one, nothing around them (1*DIGIT).  Returns
 * 0 and *v, -EBADMSG, or -EMSGSIZE: above INT64_MAX; then *v is unchanged. */
int http_text_number(int64_t *v, struct str s);

#endif
