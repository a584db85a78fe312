//! Errors of the store within changes of a lane.

/// Lets a change use `?` on what it reads from the store: such an error is one of the lane.
macro_rules! from_store_error {
    ($($error:ident),+ $(,)?) => {$(
        impl From<store::StoreError> for $error {
            fn from(error: store::StoreError) -> Self {
                Self::Lane(error.into())
            }
        }
    )+};
}

pub(crate) use from_store_error;
