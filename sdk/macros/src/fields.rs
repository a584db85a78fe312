//! What the macros ask of an author's types: named fields, and at most one lifetime.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
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

/// The struct's type, and the lifetime of the row that it is read from: its own where it has one,
/// so that the types of its fields mean the same in its impls.
pub(crate) fn borrowed_type(item: &DeriveInput) -> syn::Result<(Lifetime, TokenStream)> {
    let name = &item.ident;
    let mut lifetimes = item.generics.lifetimes();
    for parameter in &item.generics.params {
        if !matches!(parameter, GenericParam::Lifetime(_)) {
            return Err(syn::Error::new_spanned(
                parameter,
                "inputs have plain types; only one lifetime may stand here, for borrowed texts",
            ));
        }
    }
    match (lifetimes.next(), lifetimes.next()) {
        (None, _) => Ok((Lifetime::new("'row", Span::call_site()), quote!(#name))),
        (Some(own), None) => {
            let row = own.lifetime.clone();
            Ok((row.clone(), quote!(#name<#row>)))
        }
        _ => Err(syn::Error::new_spanned(
            &item.generics,
            "one lifetime serves all borrowed texts",
        )),
    }
}

/// The field type that a Rust type asks for, as an expression; compiling fails at a type that reads no field.
pub(crate) fn field_type(of: &Type, row: &Lifetime) -> TokenStream {
    quote_spanned!(of.span()=> <#of as ::vervet_sdk::FromField<#row>>::FIELD_TYPE)
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
