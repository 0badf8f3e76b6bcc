/* Tables that AudioSpecificConfig and ADTS share. */
#ifndef AAC_INT_H
#define AAC_INT_H

#include <stdint.h>

/* samplingFrequencyIndex to Hz; 0 if reserved. */
uint32_t aac_rate_hz(unsigned index);

/* The other way; -ENOENT if there is none. */
int aac_rate_index(uint32_t rate_hz);

/* channelConfiguration to channels; 0 if it does not say. */
unsigned aac_n_channels(unsigned channel_config);

#endif
