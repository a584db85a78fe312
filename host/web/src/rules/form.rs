//! The form with which a rule is installed, and what of it other forms need.

use std::sync::Arc;

use app::alert_types;
use app::caller::Caller;
use app::plugin_config::ConfigError;
use app::published::newest_first;
use app::request::{FieldFault, Invalid};
use app::rules::install::{InstallRuleError, NewRule};
use axum::http::StatusCode;
use domain::rule::Level;
use json::JsonValue;
use maud::{Markup, html};
use runtime::publish::PluginKind;
use serde::Deserialize;
use tenant::{Definitions, Mode, OnFailure, Permission, PublishedPlugin, RuleInstall};

use super::{schema, shapes};
use crate::failure::{Failure, in_words, title_of};
use crate::frame;
use crate::text::EN;

/// A rule to install, as it was typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct TypedRule {
    /// Name and version of a plugin, such as `large-amount/1.0.0`.
    pub(super) plugin: String,
    /// The rule's name, where it is a new one.
    pub(super) name: String,
    /// The version of the newest install, where there is one.
    pub(super) version: String,
    mode: String,
    config: String,
    alert_type: String,
    severity: String,
    priority: String,
    on_failure: String,
}

/// What was refused of a form, as a whole and value by value.
pub(crate) struct Refused {
    pub(crate) failure: Failure,
    faults: Vec<FieldFault>,
}

impl TypedRule {
    /// A new rule of a plugin, as it is suggested.
    pub(super) fn suggested(plugin: &PublishedPlugin) -> Self {
        Self {
            plugin: key(plugin),
            name: plugin.name.clone(),
            mode: shapes::mode_name(Mode::Shadow).to_owned(),
            config: schema::usual(plugin).pretty(),
            ..Self::default()
        }
    }

    /// An install as it is.
    pub(super) fn of(install: &RuleInstall, version: String) -> Self {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let on_failure = match install.on_failure {
            OnFailure::Alert => "alert",
            OnFailure::Skip => "skip",
        };
        Self {
            plugin: format!("{}/{}", install.plugin, install.version),
            name: install.rule.clone(),
            version,
            mode: shapes::mode_name(install.mode).to_owned(),
            config: install.config.pretty(),
            alert_type: text(&install.alert_type),
            severity: text(&install.severity),
            priority: text(&install.priority),
            on_failure: on_failure.to_owned(),
        }
    }

    /// The rule that was typed.
    pub(super) fn read(&self) -> Result<NewRule, Refused> {
        let (plugin, version) = self
            .plugin
            .split_once('/')
            .ok_or_else(|| Failure::no_choice(EN.rules.plugin, &self.plugin))?;
        let mode = match &*self.mode {
            "live" => Mode::Live,
            "shadow" => Mode::Shadow,
            "off" => Mode::Off,
            text => return Err(Failure::no_choice(EN.rules.mode, text).into()),
        };
        let on_failure = match &*self.on_failure {
            "alert" | "" => OnFailure::Alert,
            "skip" => OnFailure::Skip,
            text => return Err(Failure::no_choice(EN.rules.on_failure, text).into()),
        };
        let level = |title: &str, text: &str| match text {
            "" => Ok(None),
            text => {
                let no_choice = || Failure::no_choice(title, text);
                Level::parse(text).map(Some).ok_or_else(no_choice)
            }
        };
        Ok(NewRule {
            plugin: plugin.to_owned(),
            version: version.to_owned(),
            config: read_config(&self.config)?,
            mode,
            alert_type: Some(self.alert_type.clone()).filter(|name| !name.is_empty()),
            severity: level(EN.queue.severity, &self.severity)?,
            priority: level(EN.alert.priority, &self.priority)?,
            on_failure,
        })
    }
}

/// Reads a configuration that was typed; nothing is the empty object.
pub(crate) fn read_config(text: &str) -> Result<JsonValue, Refused> {
    let text = match text.trim() {
        "" => "{}",
        text => text,
    };
    JsonValue::read(text).map_err(|fault| {
        let detail = (EN.rules.no_json)(&fault.to_string());
        Failure::new(StatusCode::UNPROCESSABLE_ENTITY, detail).into()
    })
}

impl From<Failure> for Refused {
    fn from(failure: Failure) -> Self {
        let faults = Vec::new();
        Self { failure, faults }
    }
}

impl From<InstallRuleError> for Refused {
    fn from(error: InstallRuleError) -> Self {
        let faults = match &error {
            InstallRuleError::Invalid(invalid)
            | InstallRuleError::Config(ConfigError::Invalid(invalid)) => invalid.faults.clone(),
            _ => Vec::new(),
        };
        let failure = error.into();
        Self { failure, faults }
    }
}

impl Refused {
    /// A request with values at fault.
    pub(crate) fn invalid(invalid: &Invalid) -> Self {
        let detail = invalid.detail.clone();
        Self {
            failure: Failure::new(StatusCode::UNPROCESSABLE_ENTITY, detail),
            faults: invalid.faults.clone(),
        }
    }

    /// Why, and each value at fault.
    pub(crate) fn alarm(&self) -> Markup {
        let detail = self.failure.detail();
        let faults = self.faults.iter();
        let faults = faults.filter(|fault| in_words(&fault.detail) != detail);
        let faults: Vec<&FieldFault> = faults.collect();
        if faults.is_empty() {
            return frame::alarm(detail);
        }
        html! {
            div.alarm role="alert" tabindex="-1" autofocus {
                p { (detail) }
                ul { @for fault in faults { li { (place(&fault.field)) ": " (in_words(&fault.detail)) } } }
            }
        }
    }
}

/// Where a fault is: the field of the form, or the place within what is typed there.
fn place(member: &str) -> Markup {
    match title_of(member) {
        Some(title) => html! { (title) },
        None => html! { code { (member) } },
    }
}

/// How forms and addresses name a plugin.
pub(crate) fn key(plugin: &PublishedPlugin) -> String {
    format!("{}/{}", plugin.name, plugin.version)
}

/// The rule plugin that a form or an address names.
pub(crate) fn find(definitions: &Definitions, key: &str) -> Option<Arc<PublishedPlugin>> {
    let plugins = newest_first(definitions, PluginKind::Rule).into_iter();
    plugins.into_iter().find(|plugin| self::key(plugin) == key)
}

/// The rule plugins, each a link to the form at `address` for it.
pub(crate) fn choose(definitions: &Definitions, address: &str) -> Markup {
    let plugins = newest_first(definitions, PluginKind::Rule);
    let mark = if address.contains('?') { '&' } else { '?' };
    html! {
        section.card {
            @if plugins.is_empty() {
                (crate::elements::empty(EN.rules.no_plugin, EN.rules.none_hint))
            } @else {
                p { (EN.rules.choose_plugin) }
                ul.plain {
                    @for plugin in plugins {
                        li {
                            a href={ (address) (mark) "plugin=" (key(&plugin)) } { (plugin.name) " " (plugin.version) }
                            @if let Some(text) = plugin.manifest.get("description").and_then(JsonValue::as_str) {
                                " " span.note { (text) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The field of a configuration, with what the plugin's schema says of it beneath.
pub(crate) fn config_field(plugin: Option<&PublishedPlugin>, config: &str) -> Markup {
    let text = &EN.rules;
    html! {
        label for="config" { (text.config) }
        textarea #config.code name="config" rows="10" spellcheck="false" aria-describedby="config-hint" { (config) }
        p.note #config-hint { (text.config_hint) }
        @if let Some(plugin) = plugin { (schema::table(plugin)) }
    }
}

/// The fields of a rule below its name.
pub(super) fn fields(caller: &Caller, typed: &TypedRule) -> Markup {
    let text = &EN.rules;
    let definitions = caller.definitions();
    let plugin = find(&definitions, &typed.plugin);
    let level = |name: &str, title: &str, chosen: &str| {
        html! {
            label for=(name) { (title) }
            select id=(name) name=(name) {
                option value="" { (text.as_the_plugin) }
                @for one in [Level::High, Level::Medium, Level::Low] {
                    option value=(one.as_str()) selected[one.as_str() == chosen] { (one.as_str()) }
                }
            }
        }
    };
    html! {
        label for="mode" { (text.mode) }
        select #mode name="mode" aria-describedby="mode-hint" {
            @for mode in [Mode::Shadow, Mode::Live, Mode::Off] {
                option value=(shapes::mode_name(mode)) selected[shapes::mode_name(mode) == typed.mode] {
                    (shapes::mode_title(mode))
                }
            }
        }
        p.note #mode-hint { (text.mode_hint) }
        (config_field(plugin.as_deref(), &typed.config))
        (alert_type(caller, &typed.alert_type))
        (level("severity", EN.queue.severity, &typed.severity))
        (level("priority", EN.alert.priority, &typed.priority))
        label for="on-failure" { (text.on_failure) }
        select #on-failure name="on_failure" {
            @for (value, title) in [("alert", text.raise_alert), ("skip", text.skip)] {
                option value=(value) selected[value == typed.on_failure] { (title) }
            }
        }
    }
}

/// The alert types, for those who may read them; others keep the one that is set.
fn alert_type(caller: &Caller, chosen: &str) -> Markup {
    let text = &EN.rules;
    let kinds = match caller.may(Permission::AlertRead) {
        true => alert_types::list(caller).unwrap_or_default(),
        false => Vec::new(),
    };
    let is_known = chosen.is_empty() || kinds.iter().any(|kind| kind.name == chosen);
    html! {
        label for="alert-type" { (text.alert_type) }
        select #alert-type name="alert_type" {
            option value="" { (text.as_the_plugin) }
            @if !is_known { option value=(chosen) selected { (chosen) } }
            @for kind in &kinds {
                option value=(kind.name) selected[kind.name == chosen] { (kind.title) }
            }
        }
    }
}
