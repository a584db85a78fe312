//! `#[derive(RecentRow)]`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, Field, LitStr};

use crate::fields;

pub(crate) fn expand(item: &DeriveInput) -> syn::Result<TokenStream> {
    let (lifetime, row) = fields::borrowed_type(item)?;
    let (mut declared, mut reads) = (Vec::new(), Vec::new());
    for (index, field) in fields::named(item)?.enumerate() {
        let name = field_name(field)?;
        let field_type = fields::field_type(&field.ty, &lifetime);
        declared.push(quote!(::vervet_sdk::plan::Field::new(#name, #field_type)));
        let ident = &field.ident;
        reads.push(quote!(#ident: row.get(#index, #name)?));
    }
    if reads.is_empty() {
        return Err(syn::Error::new_spanned(
            &item.ident,
            "a row needs at least one field",
        ));
    }
    Ok(quote! {
        impl<#lifetime> ::vervet_sdk::RecentRow<#lifetime> for #row {
            fn fields() -> ::std::vec::Vec<::vervet_sdk::plan::Field> {
                ::std::vec![#(#declared),*]
            }

            fn read(
                row: ::vervet_sdk::Row<#lifetime>,
            ) -> ::core::result::Result<Self, ::std::string::String> {
                ::core::result::Result::Ok(Self { #(#reads),* })
            }
        }
    })
}

/// The transaction's field: `#[row(field = "…")]`, or the struct's own name for it.
fn field_name(field: &Field) -> syn::Result<String> {
    let mut name = field
        .ident
        .as_ref()
        .map(|ident| ident.to_string().trim_start_matches("r#").to_owned())
        .unwrap_or_default();
    for attribute in field.attrs.iter().filter(|a| a.path().is_ident("row")) {
        attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("field") {
                name = meta.value()?.parse::<LitStr>()?.value();
                Ok(())
            } else {
                Err(meta.error("only field = \"…\" may stand here"))
            }
        })?;
    }
    Ok(name)
}
