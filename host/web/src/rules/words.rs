//! A rule in words.

use app::caller::Caller;
use app::rules::RuleName;
use domain::name::Name;
use maud::{Markup, html};
use tenant::{Definitions, Permission};

use super::address;

/// What people call a rule: the title of its plugin, or the rule's name where the plugin has none. A name that is not the
/// plugin's stands behind the title, since several rules of a team may be of one plugin.
pub(crate) fn title(definitions: &Definitions, team: &str, rule: &str) -> String {
    let plugin = definitions.plugin_of_rule(team, rule);
    let title = plugin.and_then(|plugin| Some((plugin, plugin.title()?)));
    match title {
        Some((plugin, title)) if plugin.name == rule => title.to_owned(),
        Some((_, title)) => format!("{title} ({rule})"),
        None => rule.to_owned(),
    }
}

/// The title of a rule, with a link to its page for those who may open it.
pub(crate) fn link(caller: &Caller, team: &str, rule: &str) -> Markup {
    let title = title(&caller.definitions(), team, rule);
    let names = Name::new(team).ok().zip(Name::new(rule).ok());
    let names = names.filter(|_| caller.may(Permission::RuleRead));
    html! {
        @match names {
            Some((team, rule)) => a href=(address(&RuleName { team, rule })) { bdi { (title) } },
            None => bdi { (title) },
        }
    }
}
