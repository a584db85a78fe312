//! The allocator of each program that is made of this library.

/// Threads of long work come and go, and what one of them allocates another one frees. The allocator of glibc keeps memory for
/// each, so that every run of an export adds to it, until there are eight for each core.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
