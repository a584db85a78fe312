//! `#[config]`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

pub(crate) fn expand(attribute: TokenStream, item: &DeriveInput) -> syn::Result<TokenStream> {
    if !attribute.is_empty() {
        return Err(syn::Error::new_spanned(
            attribute,
            "#[config] takes nothing; use #[serde(…)] on the fields",
        ));
    }
    Ok(quote! {
        #[derive(
            ::core::clone::Clone,
            ::core::fmt::Debug,
            ::core::cmp::PartialEq,
            ::vervet_sdk::serde::Deserialize,
            ::vervet_sdk::schemars::JsonSchema,
        )]
        #[serde(crate = "::vervet_sdk::serde", deny_unknown_fields)]
        #[schemars(crate = "::vervet_sdk::schemars")]
        #item
    })
}
