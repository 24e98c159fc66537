// How jemalloc keeps house in this process.
//
// Two arenas, as the engine and the writer are the two threads that matter; what is freed goes back to the system
// within a second or so. jemalloc reads the symbol before main(), and MALLOC_CONF in the environment after it.
extern "C" {
extern const char* malloc_conf;
const char* malloc_conf = "narenas:2,dirty_decay_ms:1000,muzzy_decay_ms:0";
}
