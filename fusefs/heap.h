/* SPDX-License-Identifier: MIT */
/* When what is free goes back to the system. */
#pragma once

/*
 * heap_when_many() - Call `fn` each time when there are too many: 32,768, and where they do not
 * become less, twice as many. It must not wait. NULL: nobody any more.
 */
void heap_when_many(void (*fn)(void *data), void *data);

/* One more of what there may be very many of for long, and small; one that is freed. */
void heap_added(void);
void heap_removed(void);

/*
 * heap_give_back() - Where half of them have gone since this was so last, let the system have their
 * memory. No lock is held that others wait for: of 50 MB it takes some ms.
 */
void heap_give_back(void);
