/* A constructor that faults. */
#include "table.h"

#include <signal.h>

__attribute__((constructor)) static void fault(void) { raise(SIGSEGV); }
