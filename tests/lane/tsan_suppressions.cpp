// libzmq comes uninstrumented: what ThreadSanitizer makes of its inside is not to be read. Without it, unused.
extern "C" const char* __tsan_default_suppressions();
extern "C" const char* __tsan_default_suppressions() { return "called_from_lib:libzmq.so\nrace:libzmq.so\n"; }
