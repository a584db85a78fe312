//! Which masked fields a rule reads: what it writes tells of them.

use std::collections::{BTreeSet, HashSet};

use domain::payload::{PayloadSchema, Sensitivity};
use domain::rule::Plan;

use tenant::Team;

/// Which of a rule's inputs are computed from fields that are masked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MaskedReads {
    /// By name.
    inputs: BTreeSet<String>,
    team_has_masked_fields: bool,
}

impl MaskedReads {
    /// What a plan reads of a team's fields, those in conditions and in `by` too. A field is masked where any of the schemas says
    /// so: the one that the plan is bound to, and those of the transactions that are judged.
    pub fn of(plan: &Plan, schemas: &[&PayloadSchema], team_has_masked_fields: bool) -> Self {
        let fields = schemas.iter().flat_map(|schema| schema.fields());
        let masked = fields.filter(|field| field.sensitivity == Sensitivity::Mask);
        let masked: HashSet<&str> = masked.map(|field| field.name.as_str()).collect();
        let inputs = plan.inputs.iter().filter(|input| {
            let fields = input.source.fields();
            fields.iter().any(|field| masked.contains(field))
        });
        Self {
            inputs: inputs.map(|input| input.name.clone()).collect(),
            team_has_masked_fields: team_has_masked_fields || !masked.is_empty(),
        }
    }

    /// What is not computed from any transaction of a team.
    pub fn none(team: &Team) -> Self {
        Self {
            inputs: BTreeSet::new(),
            team_has_masked_fields: team.has_masked_fields(),
        }
    }

    /// What a plan reads of a team's fields, where transactions of any time may be judged: a field is masked where it ever
    /// was.
    pub fn ever(plan: &Plan, team: &Team) -> Self {
        let schemas: Vec<_> = team
            .schemas
            .iter()
            .map(|schema| schema.compiled())
            .collect();
        let schemas: Vec<&PayloadSchema> = schemas.iter().map(|schema| &**schema).collect();
        Self::of(plan, &schemas, team.has_masked_fields())
    }

    /// The mark of what the rule writes: whether it reads masked fields; none if the team has none.
    pub fn mark(&self) -> Option<bool> {
        self.team_has_masked_fields
            .then_some(!self.inputs.is_empty())
    }

    /// Whether an input is computed from a masked field.
    pub fn has_input(&self, name: &str) -> bool {
        self.inputs.contains(name)
    }
}

#[cfg(test)]
mod tests {
    use domain::payload::{AdditionalFields, Field, FieldType};
    use domain::rule;
    use domain::rule::{
        Aggregate, Comparison, Condition, Input, Membership, Operand, Recent, Source, Statistic,
        Window,
    };

    use super::*;

    fn schema() -> PayloadSchema {
        let field = |name: &str, field_type, sensitivity| Field {
            name: name.to_owned(),
            field_type,
            description: String::new(),
            sensitivity,
        };
        let fields = vec![
            field("amount", FieldType::Float, Sensitivity::Mask),
            field("fee", FieldType::Float, Sensitivity::Open),
            field("iban", FieldType::Text, Sensitivity::Mask),
            field("country", FieldType::Text, Sensitivity::Open),
            field("card", FieldType::Text, Sensitivity::Hash),
        ];
        PayloadSchema::new(1, fields, AdditionalFields::Reject, None).expect("a schema")
    }

    #[test]
    fn a_masked_field_is_read_wherever_a_plan_names_it() {
        let check = |source: Source, expect: bool| {
            let plan = Plan {
                inputs: vec![Input {
                    name: "input".to_owned(),
                    source: source.clone(),
                }],
                prepared: Vec::new(),
            };
            let reads = MaskedReads::of(&plan, &[&schema()], false);
            assert_eq!(reads.mark(), Some(expect), "{source:?}");
            assert_eq!(reads.has_input("input"), expect, "{source:?}");
        };
        let field = |name: &str, field_type| rule::Field {
            name: name.to_owned(),
            field_type,
        };
        check(Source::Field(field("amount", FieldType::Float)), true);
        check(Source::Field(field("fee", FieldType::Float)), false);
        check(Source::Field(field("card", FieldType::Text)), false);
        let list = |field: &str| {
            Source::Membership(Membership {
                field: field.to_owned(),
                list_name: "list".to_owned(),
            })
        };
        check(list("iban"), true);
        check(list("country"), false);
        let window = |by: &str, field: &str, operand: Operand| Window {
            by: by.to_owned(),
            length_seconds: 60,
            delay_seconds: 0,
            conditions: vec![Condition {
                field: field.to_owned(),
                comparison: Comparison::Equal,
                operand,
            }],
        };
        let open = || window("country", "fee", Operand::Number(1.0));
        let aggregate = |statistic, field: &str, window| {
            Source::Aggregate(Aggregate {
                statistic,
                field: field.to_owned(),
                window,
            })
        };
        check(aggregate(Statistic::Sum, "amount", open()), true);
        check(aggregate(Statistic::Sum, "fee", open()), false);
        // A count does not look at the field.
        check(aggregate(Statistic::Count, "amount", open()), false);
        let count = |window| aggregate(Statistic::Count, "fee", window);
        check(count(window("iban", "fee", Operand::Number(1.0))), true);
        check(
            count(window("country", "amount", Operand::Number(1.0))),
            true,
        );
        let join = |name: &str| Operand::Current(name.to_owned());
        check(count(window("country", "country", join("iban"))), true);
        check(count(window("country", "country", join("country"))), false);
        let recent = |name: &str| {
            Source::Recent(Recent {
                fields: vec![
                    field("country", FieldType::Text),
                    field(name, FieldType::Float),
                ],
                limit: 3,
                window: open(),
            })
        };
        check(recent("amount"), true);
        check(recent("fee"), false);
    }

    #[test]
    fn a_team_without_masked_fields_keeps_no_marks() {
        let plan = Plan {
            inputs: Vec::new(),
            prepared: Vec::new(),
        };
        assert_eq!(MaskedReads::of(&plan, &[], false).mark(), None);
        assert_eq!(MaskedReads::of(&plan, &[], true).mark(), Some(false));
    }
}
