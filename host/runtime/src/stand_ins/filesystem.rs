//! No files: no directory is given to a plugin, so it can never hold a descriptor.

use wasmtime::component::Resource;

use super::Lent;
use super::bindings::wasi::filesystem::preopens;
use super::bindings::wasi::filesystem::types::{
    self, Advice, Descriptor, DescriptorFlags, DescriptorStat, DescriptorType, DirectoryEntry,
    DirectoryEntryStream, ErrorCode, MetadataHashValue, NewTimestamp, OpenFlags, PathFlags,
};
use super::bindings::wasi::io::error::Error;
use super::bindings::wasi::io::streams::{InputStream, OutputStream};

/// The engine refuses a handle that was never given; what comes through is refused here.
macro_rules! refused {
    ($($name:ident($($argument:ty),*) -> $answer:ty;)*) => {
        $(fn $name(
            &mut self,
            _descriptor: Resource<Descriptor>,
            $(_: $argument),*
        ) -> wasmtime::Result<Result<$answer, ErrorCode>> {
            Ok(Err(ErrorCode::BadDescriptor))
        })*
    };
}

impl preopens::Host for Lent<'_> {
    fn get_directories(&mut self) -> wasmtime::Result<Vec<(Resource<Descriptor>, String)>> {
        Ok(Vec::new())
    }
}

impl types::Host for Lent<'_> {
    fn filesystem_error_code(
        &mut self,
        _error: Resource<Error>,
    ) -> wasmtime::Result<Option<ErrorCode>> {
        Ok(None)
    }
}

impl types::HostDirectoryEntryStream for Lent<'_> {
    fn read_directory_entry(
        &mut self,
        _stream: Resource<DirectoryEntryStream>,
    ) -> wasmtime::Result<Result<Option<DirectoryEntry>, ErrorCode>> {
        Ok(Err(ErrorCode::BadDescriptor))
    }

    fn drop(&mut self, _stream: Resource<DirectoryEntryStream>) -> wasmtime::Result<()> {
        Ok(())
    }
}

impl types::HostDescriptor for Lent<'_> {
    refused! {
        read_via_stream(u64) -> Resource<InputStream>;
        write_via_stream(u64) -> Resource<OutputStream>;
        append_via_stream() -> Resource<OutputStream>;
        advise(u64, u64, Advice) -> ();
        sync_data() -> ();
        get_flags() -> DescriptorFlags;
        get_type() -> DescriptorType;
        set_size(u64) -> ();
        set_times(NewTimestamp, NewTimestamp) -> ();
        read(u64, u64) -> (Vec<u8>, bool);
        write(Vec<u8>, u64) -> u64;
        read_directory() -> Resource<DirectoryEntryStream>;
        sync() -> ();
        create_directory_at(String) -> ();
        stat() -> DescriptorStat;
        stat_at(PathFlags, String) -> DescriptorStat;
        set_times_at(PathFlags, String, NewTimestamp, NewTimestamp) -> ();
        link_at(PathFlags, String, Resource<Descriptor>, String) -> ();
        open_at(PathFlags, String, OpenFlags, DescriptorFlags) -> Resource<Descriptor>;
        readlink_at(String) -> String;
        remove_directory_at(String) -> ();
        rename_at(String, Resource<Descriptor>, String) -> ();
        symlink_at(String, String) -> ();
        unlink_file_at(String) -> ();
        metadata_hash() -> MetadataHashValue;
        metadata_hash_at(PathFlags, String) -> MetadataHashValue;
    }

    fn is_same_object(
        &mut self,
        _descriptor: Resource<Descriptor>,
        _other: Resource<Descriptor>,
    ) -> wasmtime::Result<bool> {
        Ok(false)
    }

    fn drop(&mut self, _descriptor: Resource<Descriptor>) -> wasmtime::Result<()> {
        Ok(())
    }
}
