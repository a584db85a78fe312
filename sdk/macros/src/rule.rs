//! `#[rule]`.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::parse::Parser;
use syn::{Attribute, Expr, ExprLit, FnArg, ItemFn, Lit, LitStr, Meta, Type};

use crate::fields;

/// What stands in `#[rule(…)]`.
#[derive(Default)]
struct Attributes {
    name: Option<LitStr>,
    version: Option<LitStr>,
    title: Option<LitStr>,
    alert_type: Option<LitStr>,
    severity: Option<LitStr>,
    priority: Option<LitStr>,
    check: Option<Expr>,
}

pub(crate) fn expand(attribute: TokenStream, item: &ItemFn) -> syn::Result<TokenStream> {
    let attributes = read_attributes(attribute)?;
    let (config, seen) = parameters(item)?;
    let function = &item.sig.ident;
    let visibility = &item.vis;

    let docs = documentation(&item.attrs);
    let title = match &attributes.title {
        Some(title) => title.value(),
        None => docs
            .lines()
            .next()
            .unwrap_or_default()
            .trim_end_matches('.')
            .to_owned(),
    };
    if title.is_empty() {
        return Err(syn::Error::new_spanned(
            function,
            "a rule needs a title: document the function, or write title = \"…\"",
        ));
    }
    let name = match &attributes.name {
        Some(name) => {
            check_name(name)?;
            quote!(#name)
        }
        None => quote!(::core::env!("CARGO_PKG_NAME")),
    };
    let version = match &attributes.version {
        Some(version) => quote!(#version),
        None => quote!(::core::env!("CARGO_PKG_VERSION")),
    };
    let alert_type = attributes.alert_type.as_ref().ok_or_else(|| {
        syn::Error::new_spanned(
            function,
            "#[rule] needs alert_type = \"…\", such as trx_aml_alert",
        )
    })?;
    check_name(alert_type)?;
    let severity = level(attributes.severity.as_ref())?;
    let priority = level(attributes.priority.as_ref())?;
    let check = attributes
        .check
        .map(|check| quote!(::core::result::Result::map_err((#check)(config), ::std::string::String::from)?;));

    let (config_type, call) = match config {
        Some(config) => (quote!(#config), quote!(#function(config, &seen))),
        None => (quote!(::vervet_sdk::NoConfig), quote!(#function(&seen))),
    };
    Ok(quote! {
        #item

        /// The rule itself, as a type.
        #[allow(non_camel_case_types)]
        #visibility enum #function {}

        impl ::vervet_sdk::Rule for #function {
            type Config = #config_type;

            const MANIFEST: ::vervet_sdk::RuleManifest = ::vervet_sdk::RuleManifest {
                name: #name,
                version: #version,
                title: #title,
                description: #docs,
                alert_type: #alert_type,
                severity: #severity,
                priority: #priority,
            };

            fn plan(
                config: &Self::Config,
            ) -> ::core::result::Result<
                ::std::vec::Vec<::vervet_sdk::plan::Input>,
                ::std::string::String,
            > {
                #check
                ::core::result::Result::Ok(
                    <#seen as ::vervet_sdk::Inputs<'_, #config_type>>::declare(config),
                )
            }

            fn evaluate(
                config: &Self::Config,
                row: ::vervet_sdk::Row<'_>,
            ) -> ::core::result::Result<
                ::std::vec::Vec<::vervet_sdk::Finding>,
                ::std::string::String,
            > {
                let seen = <#seen as ::vervet_sdk::Inputs<'_, #config_type>>::read(row)?;
                ::vervet_sdk::IntoFindings::into_findings(#call)
            }
        }

        ::vervet_sdk::export_rule!(#function);
    })
}

fn read_attributes(attribute: TokenStream) -> syn::Result<Attributes> {
    let mut read = Attributes::default();
    let parser = syn::meta::parser(|meta| {
        let into = |place: &mut Option<LitStr>| {
            *place = Some(meta.value()?.parse()?);
            Ok(())
        };
        let known = meta.path.get_ident().map(ToString::to_string);
        match known.as_deref() {
            Some("name") => into(&mut read.name),
            Some("version") => into(&mut read.version),
            Some("title") => into(&mut read.title),
            Some("alert_type") => into(&mut read.alert_type),
            Some("severity") => into(&mut read.severity),
            Some("priority") => into(&mut read.priority),
            Some("check") => {
                read.check = Some(meta.value()?.parse()?);
                Ok(())
            }
            _ => Err(meta.error(
                "#[rule] knows name, version, title, alert_type, severity, priority and check",
            )),
        }
    });
    parser.parse2(attribute)?;
    Ok(read)
}

/// The types of the function's parameters: a configuration, if it takes one, and inputs.
fn parameters(item: &ItemFn) -> syn::Result<(Option<Type>, Type)> {
    let signature = &item.sig;
    if let Some(token) = &signature.asyncness {
        return Err(syn::Error::new_spanned(
            token,
            "a rule is a pure function and awaits nothing",
        ));
    }
    let types = signature
        .inputs
        .iter()
        .map(|argument| match argument {
            FnArg::Typed(argument) => match &*argument.ty {
                Type::Reference(reference) if reference.mutability.is_none() => {
                    Ok(fields::elided(&reference.elem))
                }
                other => Err(syn::Error::new_spanned(
                    other,
                    "a rule takes references: (config: &Config, seen: &Seen)",
                )),
            },
            FnArg::Receiver(receiver) => Err(syn::Error::new_spanned(
                receiver,
                "a rule is a plain function",
            )),
        })
        .collect::<syn::Result<Vec<_>>>()?;
    match <[Type; 2]>::try_from(types) {
        Ok([config, seen]) => Ok((Some(config), seen)),
        Err(mut types) => match (types.pop(), types.is_empty()) {
            (Some(seen), true) => Ok((None, seen)),
            _ => Err(syn::Error::new_spanned(
                &signature.ident,
                "a rule takes a configuration and inputs: (config: &Config, seen: &Seen), or inputs alone",
            )),
        },
    }
}

fn level(level: Option<&LitStr>) -> syn::Result<TokenStream> {
    let variant = match level.map(LitStr::value).as_deref() {
        Some("low") => "Low",
        None | Some("medium") => "Medium",
        Some("high") => "High",
        Some(_) => {
            return Err(syn::Error::new_spanned(
                level,
                "a level is \"low\", \"medium\" or \"high\"",
            ));
        }
    };
    let variant = format_ident!("{variant}");
    Ok(quote!(::vervet_sdk::Level::#variant))
}

/// Names are refused here and not at the upload, where nobody could see which line it was.
fn check_name(name: &LitStr) -> syn::Result<()> {
    let text = name.value();
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let good = (1..=64).contains(&text.len())
        && text.bytes().next().is_some_and(plain)
        && text
            .bytes()
            .all(|byte| plain(byte) || byte == b'-' || byte == b'_');
    if good {
        Ok(())
    } else {
        Err(syn::Error::new_spanned(
            name,
            "a name has 1 to 64 characters, only a-z, 0-9, '-' and '_', and begins with a letter or a digit",
        ))
    }
}

/// The documentation as one text, without the space that begins each line.
fn documentation(attributes: &[Attribute]) -> String {
    let lines = attributes.iter().filter_map(|attribute| {
        let Meta::NameValue(pair) = &attribute.meta else {
            return None;
        };
        if !pair.path.is_ident("doc") {
            return None;
        }
        match &pair.value {
            Expr::Lit(ExprLit {
                lit: Lit::Str(line),
                ..
            }) => {
                let line = line.value();
                Some(line.strip_prefix(' ').unwrap_or(&line).to_owned())
            }
            _ => None,
        }
    });
    lines.collect::<Vec<_>>().join("\n").trim().to_owned()
}
