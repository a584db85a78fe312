//! `#[derive(Inputs)]`.

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};
use syn::meta::ParseNestedMeta;
use syn::{
    DeriveInput, Expr, ExprLit, Field, Lifetime, Lit, LitStr, Type, parenthesized, parse_quote,
};

use crate::{condition, fields};

pub(crate) fn expand(item: &DeriveInput) -> syn::Result<TokenStream> {
    let (row, seen) = fields::borrowed_type(item)?;
    let config = config_type(item)?;
    let (mut declared, mut reads) = (Vec::new(), Vec::new());
    for (index, field) in fields::named(item)?.enumerate() {
        let name = plain_name(field);
        let source = InputAttributes::read(field)?.source(field, &name, &row)?;
        declared.push(quote!(::vervet_sdk::plan::Input::new(#name, #source)));
        let ident = &field.ident;
        reads.push(quote!(#ident: row.get(#index, #name)?));
    }
    let (generics, config) = match config {
        Some(config) => (quote!(<#row>), quote!(#config)),
        None => (quote!(<#row, AnyConfig>), quote!(AnyConfig)),
    };
    Ok(quote! {
        impl #generics ::vervet_sdk::Inputs<#row, #config> for #seen {
            #[allow(unused_variables)]
            fn declare(config: &#config) -> ::std::vec::Vec<::vervet_sdk::plan::Input> {
                ::std::vec![#(#declared),*]
            }

            #[inline]
            fn read(
                row: ::vervet_sdk::Row<#row>,
            ) -> ::core::result::Result<Self, ::std::string::String> {
                ::core::result::Result::Ok(Self { #(#reads),* })
            }
        }
    })
}

fn plain_name(field: &Field) -> String {
    field
        .ident
        .as_ref()
        .map(|ident| ident.to_string().trim_start_matches("r#").to_owned())
        .unwrap_or_default()
}

/// What `#[inputs(config = …)]` names.
fn config_type(item: &DeriveInput) -> syn::Result<Option<Type>> {
    let mut config = None;
    for attribute in item.attrs.iter().filter(|a| a.path().is_ident("inputs")) {
        attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("config") {
                config = Some(meta.value()?.parse()?);
                Ok(())
            } else {
                Err(meta.error("only config = Type may stand here"))
            }
        })?;
    }
    Ok(config)
}

/// Where an input comes from.
enum Kind {
    Statistic {
        statistic: &'static str,
        of: Option<Expr>,
    },
    Recent {
        of: Option<Expr>,
    },
    InList {
        list: Expr,
    },
}

/// What stands in `#[input(…)]`.
#[derive(Default)]
struct InputAttributes {
    kind: Option<Kind>,
    field: Option<Expr>,
    over: Option<Expr>,
    delay: Option<Expr>,
    by: Option<Expr>,
    when: Option<LitStr>,
    limit: Option<Expr>,
}

impl InputAttributes {
    fn read(field: &Field) -> syn::Result<Self> {
        let mut read = Self::default();
        for attribute in field.attrs.iter().filter(|a| a.path().is_ident("input")) {
            attribute.parse_nested_meta(|meta| read.member(&meta))?;
        }
        Ok(read)
    }

    fn member(&mut self, meta: &ParseNestedMeta<'_>) -> syn::Result<()> {
        let name = meta.path.get_ident().map(ToString::to_string);
        let statistic = match name.as_deref() {
            Some("count") => "Count",
            Some("sum") => "Sum",
            Some("mean") => "Mean",
            Some("min") => "Minimum",
            Some("max") => "Maximum",
            Some("std_dev") => "StandardDeviation",
            Some("distinct") => "Distinct",
            Some("recent") => {
                let of = argument(meta)?;
                return self.set_kind(meta, Kind::Recent { of });
            }
            Some("in_list") => {
                let list = argument(meta)?
                    .ok_or_else(|| meta.error("in_list needs a list: in_list(\"name\")"))?;
                return self.set_kind(meta, Kind::InList { list });
            }
            Some("when") => {
                self.when = Some(meta.value()?.parse()?);
                return Ok(());
            }
            Some("field") => return value(meta, &mut self.field),
            Some("over") => return value(meta, &mut self.over),
            Some("delay") => return value(meta, &mut self.delay),
            Some("by") => return value(meta, &mut self.by),
            Some("limit") => return value(meta, &mut self.limit),
            _ => {
                return Err(meta.error(
                    "#[input] knows field, count, sum, mean, min, max, std_dev, distinct, recent, \
                     in_list, over, delay, by, when and limit",
                ));
            }
        };
        let of = argument(meta)?;
        if of.is_none() && statistic != "Count" {
            return Err(meta.error("of which field? Write it in parentheses: sum(\"amount\")"));
        }
        self.set_kind(meta, Kind::Statistic { statistic, of })
    }

    fn set_kind(&mut self, meta: &ParseNestedMeta<'_>, kind: Kind) -> syn::Result<()> {
        if self.kind.replace(kind).is_some() {
            return Err(meta.error("an input has one source"));
        }
        Ok(())
    }

    /// The input's source, as an expression; `lifetime` is the row's.
    fn source(&self, field: &Field, name: &str, lifetime: &Lifetime) -> syn::Result<TokenStream> {
        let source = quote!(::vervet_sdk::plan::Source);
        Ok(match &self.kind {
            None => {
                self.refuse_window()?;
                let of = or_name(self.field.as_ref(), name);
                let field_type = fields::field_type(&field.ty, lifetime);
                quote!(#source::field(#of, #field_type))
            }
            Some(Kind::InList { list }) => {
                self.refuse_window()?;
                let of = self.field.as_ref().ok_or_else(|| {
                    syn::Error::new_spanned(list, "which field's text? Add field = \"…\"")
                })?;
                quote!(#source::in_list(#of, #list))
            }
            Some(Kind::Statistic { statistic, of }) => {
                self.refuse("field", self.field.as_ref())?;
                self.refuse("limit", self.limit.as_ref())?;
                let window = self.window(field)?;
                let of = of
                    .as_ref()
                    .map_or_else(|| quote!(""), ToTokens::to_token_stream);
                let statistic = format_ident!("{statistic}");
                quote! {
                    #source::statistic(
                        ::vervet_sdk::plan::Statistic::#statistic, #of, #window,
                    )
                }
            }
            Some(Kind::Recent { of }) => {
                self.refuse("field", self.field.as_ref())?;
                let window = self.window(field)?;
                let limit = match &self.limit {
                    Some(limit) => quote!(#limit),
                    None => quote!(100),
                };
                let row = row_type(field, lifetime)?;
                let fields = match of {
                    Some(of) => {
                        let field_type = fields::field_type(&row, lifetime);
                        quote!([::vervet_sdk::plan::Field::new(#of, #field_type)])
                    }
                    None => quote!(<#row as ::vervet_sdk::RecentRow<#lifetime>>::fields()),
                };
                quote!(#source::recent(#fields, #limit, #window))
            }
        })
    }

    fn window(&self, field: &Field) -> syn::Result<TokenStream> {
        let over = self.over.as_ref().ok_or_else(|| {
            syn::Error::new_spanned(&field.ident, "a window needs a length: over = \"24h\"")
        })?;
        let over = duration(over)?;
        let mut window = quote!(::vervet_sdk::plan::Window::over(#over));
        if let Some(by) = &self.by {
            window = quote!(#window.by(#by));
        }
        if let Some(delay) = &self.delay {
            let delay = duration(delay)?;
            window = quote!(#window.delayed(#delay));
        }
        if let Some(when) = &self.when {
            for condition in condition::parse(when)? {
                window = quote!(#window.when(#condition));
            }
        }
        Ok(window)
    }

    fn refuse_window(&self) -> syn::Result<()> {
        self.refuse("over", self.over.as_ref())?;
        self.refuse("delay", self.delay.as_ref())?;
        self.refuse("by", self.by.as_ref())?;
        self.refuse("limit", self.limit.as_ref())?;
        self.refuse("when", self.when.as_ref())
    }

    fn refuse(&self, name: &str, given: Option<&impl ToTokens>) -> syn::Result<()> {
        match given {
            None => Ok(()),
            Some(given) => Err(syn::Error::new_spanned(
                given,
                format!("'{name}' means nothing for this input"),
            )),
        }
    }
}

/// What stands in parentheses, if anything.
fn argument(meta: &ParseNestedMeta<'_>) -> syn::Result<Option<Expr>> {
    if !meta.input.peek(syn::token::Paren) {
        return Ok(None);
    }
    let content;
    parenthesized!(content in meta.input);
    content.parse().map(Some)
}

fn value(meta: &ParseNestedMeta<'_>, place: &mut Option<Expr>) -> syn::Result<()> {
    *place = Some(meta.value()?.parse()?);
    Ok(())
}

fn or_name(given: Option<&Expr>, name: &str) -> TokenStream {
    given.map_or_else(|| quote!(#name), ToTokens::to_token_stream)
}

/// The `T` of the `Vec<T>` that holds recent rows, or what each of `RecentTexts` is.
fn row_type(field: &Field, lifetime: &Lifetime) -> syn::Result<Type> {
    let fault = || {
        syn::Error::new_spanned(
            &field.ty,
            "recent rows are a Vec: of a struct under #[derive(RecentRow)], or of one field's values; \
             texts may be RecentTexts, too",
        )
    };
    let Type::Path(path) = &field.ty else {
        return Err(fault());
    };
    let last = path.path.segments.last().ok_or_else(fault)?;
    if last.ident == "RecentTexts" {
        return Ok(parse_quote!(&#lifetime str));
    }
    match &last.arguments {
        syn::PathArguments::AngleBracketed(arguments) if last.ident == "Vec" => {
            match arguments.args.first() {
                Some(syn::GenericArgument::Type(row)) => Ok(row.clone()),
                _ => Err(fault()),
            }
        }
        _ => Err(fault()),
    }
}

/// A length of time: a literal such as `"24h"`, or any expression of type `Duration`.
fn duration(expression: &Expr) -> syn::Result<TokenStream> {
    let Expr::Lit(ExprLit {
        lit: Lit::Str(literal),
        ..
    }) = expression
    else {
        return Ok(quote!(#expression));
    };
    let text = literal.value();
    let seconds = text
        .find(|c: char| !c.is_ascii_digit())
        .and_then(|unit| {
            let count: u64 = text[..unit].parse().ok()?;
            let seconds = match &text[unit..] {
                "s" => 1,
                "m" => 60,
                "h" => 3_600,
                "d" => 86_400,
                "w" => 604_800,
                _ => return None,
            };
            count.checked_mul(seconds)
        })
        .ok_or_else(|| {
            syn::Error::new_spanned(
                literal,
                "a length of time is a number and one of s, m, h, d and w, such as \"24h\"",
            )
        })?;
    Ok(quote!(::core::time::Duration::from_secs(#seconds)))
}
