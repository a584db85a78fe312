//! The macros that make a crate a plugin.

/// Makes a [`Rule`](crate::Rule) that was written by hand what the crate exports.
///
/// `#[rule]` does it by itself. A crate exports one plugin.
///
/// ```
/// # use vervet_sdk::plan::Input;
/// # use vervet_sdk::{Finding, Level, NoConfig, Row, Rule, RuleManifest};
/// struct Quiet;
///
/// impl Rule for Quiet {
///     // …
/// #    type Config = NoConfig;
/// #    const MANIFEST: RuleManifest = RuleManifest {
/// #        name: "quiet", version: "1.0.0", title: "Quiet", description: "",
/// #        alert_type: "other", severity: Level::Low, priority: Level::Low,
/// #    };
/// #    fn plan(_: &NoConfig) -> Result<Vec<Input>, String> { Ok(vec![]) }
/// #    fn evaluate(_: &NoConfig, _: Row<'_>) -> Result<Vec<Finding>, String> { Ok(vec![]) }
/// }
///
/// vervet_sdk::export_rule!(Quiet);
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! export_rule {
    ($rule:ident) => {
        #[cfg(target_family = "wasm")]
        #[allow(unsafe_code)]
        const _: () = {
            type Plugin = $crate::guest::rule::Plugin<$rule>;
            $crate::guest::rule::bindings::export_rule_plugin!(Plugin);
        };
    };
}

/// Makes a [`Formatter`](crate::formatter::Formatter) what the crate exports.
///
/// A crate exports one plugin; see [`formatter`](crate::formatter) for one that is whole.
#[macro_export]
macro_rules! export_formatter {
    ($formatter:ident) => {
        #[cfg(target_family = "wasm")]
        #[allow(unsafe_code)]
        const _: () = {
            ::std::thread_local! {
                static FILE: ::std::cell::RefCell<::std::option::Option<$formatter>> =
                    const { ::std::cell::RefCell::new(::std::option::Option::None) };
            }

            impl $crate::guest::formatter::Slot for $formatter {
                fn with<T>(
                    act: impl ::std::ops::FnOnce(&mut ::std::option::Option<Self>) -> T,
                ) -> T {
                    FILE.with_borrow_mut(act)
                }
            }

            type Plugin = $crate::guest::formatter::Plugin<$formatter>;
            $crate::guest::formatter::bindings::export_formatter_plugin!(Plugin);
        };
    };
}
