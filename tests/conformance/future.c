/* A library whose one symbol has a version Debian 12's C library does not have. */
int from_the_future(void);
int from_the_future(void) { return 7; }
