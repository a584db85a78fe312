//! What the macros ask of an author's types: named fields, and at most one lifetime.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{
    Data, DeriveInput, Field, Fields, GenericArgument, GenericParam, Lifetime, PathArguments, Type,
};

/// The struct's fields, each with a name.
pub(crate) fn named(item: &DeriveInput) -> syn::Result<impl Iterator<Item = &Field>> {
    match &item.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => Ok(fields.named.iter()),
            other => Err(syn::Error::new_spanned(
                other,
                "a struct with named fields is needed: each name is an input's",
            )),
        },
        _ => Err(syn::Error::new_spanned(
            &item.ident,
            "a struct with named fields is needed",
        )),
    }
}

/// The struct's type, with `'row` for its lifetime where it has one.
pub(crate) fn borrowed_type(item: &DeriveInput) -> syn::Result<TokenStream> {
    let name = &item.ident;
    let mut lifetimes = 0;
    for parameter in &item.generics.params {
        if !matches!(parameter, GenericParam::Lifetime(_)) {
            return Err(syn::Error::new_spanned(
                parameter,
                "inputs have plain types; only one lifetime may stand here, for borrowed texts",
            ));
        }
        lifetimes += 1;
    }
    match lifetimes {
        0 => Ok(quote!(#name)),
        1 => Ok(quote!(#name<'row>)),
        _ => Err(syn::Error::new_spanned(
            &item.generics,
            "one lifetime serves all borrowed texts",
        )),
    }
}

/// The type with `'_` for each of its lifetimes, whose names mean nothing outside the function.
pub(crate) fn elided(of: &Type) -> Type {
    let mut of = of.clone();
    if let Type::Path(path) = &mut of {
        for segment in &mut path.path.segments {
            if let PathArguments::AngleBracketed(arguments) = &mut segment.arguments {
                for argument in &mut arguments.args {
                    if let GenericArgument::Lifetime(lifetime) = argument {
                        *lifetime = Lifetime::new("'_", lifetime.span());
                    }
                }
            }
        }
    }
    of
}
