//! All definitions of one tenant, by kind and key.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{
    AlertType, ApiKey, Export, List, MergingParameters, OwnScope, PreparingInstall, PromotionGate,
    PublishedPlugin, RuleInstall, SavedView, SessionSettings, SignIn, Team, Tenant, Token, User,
    WebhookSecret, WorkflowRecord,
};
use json::{JsonValue, to_json};

/// The kinds of definitions. The numbers are stored: they never change, and none is used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
#[allow(missing_docs)]
pub enum Kind {
    Tenant = 1,
    Team = 2,
    ApiKey = 3,
    User = 4,
    Token = 5,
    List = 6,
    Plugin = 7,
    Rule = 8,
    Export = 9,
    AlertType = 10,
    Workflow = 11,
    AlertMerging = 12,
    Scope = 13,
    WebhookSecret = 14,
    SessionSettings = 15,
    PromotionGate = 16,
    PreparingRule = 17,
    SignIn = 18,
    SavedView = 19,
}

impl Kind {
    /// As the audit names it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tenant => "tenant",
            Self::Team => "team",
            Self::ApiKey => "api_key",
            Self::User => "user",
            Self::Token => "token",
            Self::List => "list",
            Self::Plugin => "plugin",
            Self::Rule => "rule",
            Self::Export => "export",
            Self::AlertType => "alert_type",
            Self::Workflow => "workflow",
            Self::AlertMerging => "alert_merging",
            Self::Scope => "scope",
            Self::WebhookSecret => "webhook_secret",
            Self::SessionSettings => "session_settings",
            Self::PromotionGate => "promotion_gate",
            Self::PreparingRule => "preparing_rule",
            Self::SignIn => "sign_in",
            Self::SavedView => "saved_view",
        }
    }

    /// All kinds.
    pub const ALL: &[Self] = &[
        Self::Tenant,
        Self::Team,
        Self::ApiKey,
        Self::User,
        Self::Token,
        Self::List,
        Self::Plugin,
        Self::Rule,
        Self::Export,
        Self::AlertType,
        Self::AlertMerging,
        Self::Scope,
        Self::Workflow,
        Self::WebhookSecret,
        Self::SessionSettings,
        Self::PromotionGate,
        Self::PreparingRule,
        Self::SignIn,
        Self::SavedView,
    ];
}

/// One kind of thing that a tenant defines.
pub trait Definition: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Which kind.
    const KIND: Kind;

    /// The members, at any depth, of which the audit keeps digests alone.
    const SECRETS: &'static [&'static str];

    /// The definition as the audit keeps it, with its secrets.
    fn audited(&self) -> JsonValue {
        to_json(self).expect("a definition has only string keys")
    }

    /// What tells it from the others of its kind; a path of names where it belongs to something.
    fn key(&self) -> String;

    /// Where definitions of this kind are held.
    fn shelf(definitions: &Definitions) -> &Shelf<Self>;

    /// The same, to change it.
    fn shelf_mut(definitions: &mut Definitions) -> &mut Shelf<Self>;
}

/// All definitions of one kind, by key.
#[derive(Debug)]
pub struct Shelf<D>(BTreeMap<String, Arc<D>>);

impl<D> Default for Shelf<D> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<D> Clone for Shelf<D> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<D: Definition> Shelf<D> {
    /// The definition of this key.
    pub fn get(&self, key: &str) -> Option<&Arc<D>> {
        self.0.get(key)
    }

    /// All, by key.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Arc<D>> {
        self.0.values()
    }

    /// Those whose keys begin with `prefix`, by key.
    pub fn under<'s>(&'s self, prefix: &'s str) -> impl Iterator<Item = &'s Arc<D>> {
        self.0
            .range(prefix.to_owned()..)
            .take_while(move |(key, _)| key.starts_with(prefix))
            .map(|(_, definition)| definition)
    }

    /// Those that come after the key, by key: what the next page of a list begins with.
    pub fn after<'s>(&'s self, key: &str) -> impl Iterator<Item = (&'s str, &'s Arc<D>)> {
        use std::ops::Bound::{Excluded, Unbounded};
        self.0
            .range::<str, _>((Excluded(key), Unbounded))
            .map(|(key, definition)| (key.as_str(), definition))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Puts a definition in the place of its key.
    pub fn put(&mut self, definition: Arc<D>) {
        self.0.insert(definition.key(), definition);
    }

    /// Takes one away.
    pub fn remove(&mut self, key: &str) -> Option<Arc<D>> {
        self.0.remove(key)
    }
}

/// All that one tenant has defined, at one moment.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct Definitions {
    pub tenants: Shelf<Tenant>,
    pub teams: Shelf<Team>,
    pub api_keys: Shelf<ApiKey>,
    pub users: Shelf<User>,
    pub tokens: Shelf<Token>,
    pub lists: Shelf<List>,
    pub plugins: Shelf<PublishedPlugin>,
    pub rules: Shelf<RuleInstall>,
    pub exports: Shelf<Export>,
    pub alert_types: Shelf<AlertType>,
    pub alert_merging: Shelf<MergingParameters>,
    pub scopes: Shelf<OwnScope>,
    pub workflows: Shelf<WorkflowRecord>,
    pub webhook_secrets: Shelf<WebhookSecret>,
    pub session_settings: Shelf<SessionSettings>,
    pub promotion_gates: Shelf<PromotionGate>,
    pub preparing_rules: Shelf<PreparingInstall>,
    pub sign_ins: Shelf<SignIn>,
    pub views: Shelf<SavedView>,
}

impl Definitions {
    /// Takes in a definition as the store has it.
    pub fn read(&mut self, kind: Kind, value: &[u8]) -> Result<(), serde_json::Error> {
        fn put<D: Definition>(
            definitions: &mut Definitions,
            value: &[u8],
        ) -> Result<(), serde_json::Error> {
            let definition: D = serde_json::from_slice(value)?;
            D::shelf_mut(definitions).put(Arc::new(definition));
            Ok(())
        }
        match kind {
            Kind::Tenant => put::<Tenant>(self, value),
            Kind::Team => put::<Team>(self, value),
            Kind::ApiKey => put::<ApiKey>(self, value),
            Kind::User => put::<User>(self, value),
            Kind::Token => put::<Token>(self, value),
            Kind::List => put::<List>(self, value),
            Kind::Plugin => put::<PublishedPlugin>(self, value),
            Kind::Rule => put::<RuleInstall>(self, value),
            Kind::Export => put::<Export>(self, value),
            Kind::AlertType => put::<AlertType>(self, value),
            Kind::AlertMerging => put::<MergingParameters>(self, value),
            Kind::Scope => put::<OwnScope>(self, value),
            Kind::Workflow => put::<WorkflowRecord>(self, value),
            Kind::WebhookSecret => put::<WebhookSecret>(self, value),
            Kind::SessionSettings => put::<SessionSettings>(self, value),
            Kind::PromotionGate => put::<PromotionGate>(self, value),
            Kind::PreparingRule => put::<PreparingInstall>(self, value),
            Kind::SignIn => put::<SignIn>(self, value),
            Kind::SavedView => put::<SavedView>(self, value),
        }
    }

    /// The tenant itself.
    pub fn tenant(&self) -> Option<&Arc<Tenant>> {
        self.tenants.iter().next()
    }

    /// The rules now installed for a team, by name: the newest install of each that is not removed.
    pub fn rules_of(&self, team: &str) -> Vec<Arc<RuleInstall>> {
        let mut current: BTreeMap<&str, &Arc<RuleInstall>> = BTreeMap::new();
        let prefix = format!("{team}/");
        for install in self.rules.under(&prefix) {
            current.insert(&install.rule, install);
        }
        current
            .into_values()
            .filter(|install| !install.removed)
            .cloned()
            .collect()
    }

    /// The rule's install that is in force, if it has one.
    pub fn rule_of(&self, team: &str, rule: &str) -> Option<Arc<RuleInstall>> {
        let prefix = format!("{team}/{rule}/");
        self.rules
            .under(&prefix)
            .last()
            .filter(|install| !install.removed)
            .cloned()
    }
}

macro_rules! shelved {
    ($($definition:ident: $kind:ident, $shelf:ident
        $(, secrets $($secrets:literal)+)? $(, audited $audited:ident)?;)*) => {$(
        impl Definition for $definition {
            const KIND: Kind = Kind::$kind;
            const SECRETS: &'static [&'static str] = &[$($($secrets),+)?];

            $(fn audited(&self) -> JsonValue {
                self.$audited()
            })?

            fn key(&self) -> String {
                self.definition_key()
            }

            fn shelf(definitions: &Definitions) -> &Shelf<Self> {
                &definitions.$shelf
            }

            fn shelf_mut(definitions: &mut Definitions) -> &mut Shelf<Self> {
                &mut definitions.$shelf
            }
        }
    )*};
}

shelved! {
    Tenant: Tenant, tenants, secrets "hash_key";
    Team: Team, teams;
    ApiKey: ApiKey, api_keys, secrets "digest";
    User: User, users, secrets "password" "digest";
    Token: Token, tokens, secrets "digest";
    List: List, lists, audited without_entries;
    PublishedPlugin: Plugin, plugins;
    RuleInstall: Rule, rules;
    Export: Export, exports, secrets "secret_access_key";
    AlertType: AlertType, alert_types;
    MergingParameters: AlertMerging, alert_merging;
    OwnScope: Scope, scopes;
    WorkflowRecord: Workflow, workflows;
    WebhookSecret: WebhookSecret, webhook_secrets, secrets "secret";
    SessionSettings: SessionSettings, session_settings;
    PromotionGate: PromotionGate, promotion_gates;
    PreparingInstall: PreparingRule, preparing_rules;
    SignIn: SignIn, sign_ins, secrets "digest";
    SavedView: SavedView, views;
}
