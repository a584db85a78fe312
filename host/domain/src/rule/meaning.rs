//! What an input means, in words: people who read an alert see it beside the input's value.

use super::{Aggregate, Comparison, Condition, Operand, Recent, Source, Statistic, Window};

impl Source {
    /// What the value is, such as "sum of amount, same customer_id, last 7 days".
    pub fn meaning(&self) -> String {
        match self {
            Self::Field(field) => format!("{} of the transaction", field.name),
            Self::Aggregate(aggregate) => {
                let what = statistic(aggregate);
                format!("{what}, {}", window(&aggregate.window))
            }
            Self::Recent(Recent {
                limit, window: of, ..
            }) => format!("the newest transactions, at most {limit}, {}", window(of)),
            Self::Membership(membership) => {
                let (field, list) = (&membership.field, &membership.list_name);
                format!("whether watchlist '{list}' has the {field}")
            }
        }
    }

    /// The fields of each row, where the value is rows.
    pub fn columns(&self) -> Vec<&str> {
        match self {
            Self::Recent(recent) => recent.fields.iter().map(|field| &*field.name).collect(),
            Self::Field(_) | Self::Aggregate(_) | Self::Membership(_) => Vec::new(),
        }
    }
}

fn statistic(aggregate: &Aggregate) -> String {
    let field = &aggregate.field;
    match aggregate.statistic {
        Statistic::Count => "number of transactions".to_owned(),
        Statistic::Sum => format!("sum of {field}"),
        Statistic::Mean => format!("mean {field}"),
        Statistic::Minimum => format!("smallest {field}"),
        Statistic::Maximum => format!("largest {field}"),
        Statistic::StandardDeviation => format!("standard deviation of {field}"),
        Statistic::Distinct => format!("number of different values of {field}"),
    }
}

fn window(window: &Window) -> String {
    let length = duration(window.length_seconds);
    let when = match window.delay_seconds {
        0 => format!("last {length}"),
        delay => format!("{length} until {} before", duration(delay)),
    };
    let mut text = format!("same {}, {when}", window.by);
    if !window.conditions.is_empty() {
        let conditions: Vec<String> = window.conditions.iter().map(condition).collect();
        text.push_str(", where ");
        text.push_str(&conditions.join(" and "));
    }
    text
}

fn condition(condition: &Condition) -> String {
    let comparison = match condition.comparison {
        Comparison::Equal => "=",
        Comparison::NotEqual => "≠",
        Comparison::Less => "<",
        Comparison::LessOrEqual => "≤",
        Comparison::Greater => ">",
        Comparison::GreaterOrEqual => "≥",
    };
    let operand = match &condition.operand {
        Operand::Text(text) => format!("'{text}'"),
        Operand::Number(number) => number.to_string(),
        Operand::Integer(integer) => integer.to_string(),
        Operand::Boolean(truth) => truth.to_string(),
        Operand::Time(moment) => moment.to_string(),
        Operand::Current(field) => format!("this transaction's {field}"),
    };
    format!("{} {comparison} {operand}", condition.field)
}

/// A length of time in the largest unit that measures it without a rest.
fn duration(seconds: u64) -> String {
    let units = [(86_400, "day"), (3_600, "hour"), (60, "minute")];
    let whole = units
        .into_iter()
        .find(|(unit, _)| seconds.is_multiple_of(*unit));
    let (unit, name) = whole.filter(|_| seconds > 0).unwrap_or((1, "second"));
    match seconds / unit {
        1 => format!("1 {name}"),
        count => format!("{count} {name}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Field, Membership};
    use super::*;
    use crate::payload::FieldType;

    fn of(delay_seconds: u64, conditions: Vec<Condition>) -> Window {
        Window {
            by: "customer_id".to_owned(),
            length_seconds: 7 * 86_400,
            delay_seconds,
            conditions,
        }
    }

    #[test]
    fn every_source_says_what_its_value_is() {
        let check = |source: Source, expect: &str| assert_eq!(source.meaning(), expect);
        let field = |name: &str, field_type| Field {
            name: name.to_owned(),
            field_type,
        };
        let amount = || field("amount", FieldType::Float);
        check(Source::Field(amount()), "amount of the transaction");
        let sum = |window| {
            Source::Aggregate(Aggregate {
                statistic: Statistic::Sum,
                field: "amount".to_owned(),
                window,
            })
        };
        check(
            sum(of(0, Vec::new())),
            "sum of amount, same customer_id, last 7 days",
        );
        let condition = |comparison, operand| Condition {
            field: "amount".to_owned(),
            comparison,
            operand,
        };
        let conditions = vec![
            condition(Comparison::Less, Operand::Number(10_000.5)),
            condition(
                Comparison::Equal,
                Operand::Current("counterparty_id".to_owned()),
            ),
        ];
        check(
            sum(of(5_400, conditions)),
            "sum of amount, same customer_id, 7 days until 90 minutes before, where amount < 10000.5 \
             and amount = this transaction's counterparty_id",
        );
        let recent = Source::Recent(Recent {
            fields: vec![amount()],
            limit: 50,
            window: of(0, Vec::new()),
        });
        assert_eq!(recent.columns(), ["amount"]);
        check(
            recent,
            "the newest transactions, at most 50, same customer_id, last 7 days",
        );
        let membership = Membership {
            field: "country".to_owned(),
            list_name: "high-risk".to_owned(),
        };
        check(
            Source::Membership(membership),
            "whether watchlist 'high-risk' has the country",
        );
    }

    #[test]
    fn lengths_of_time_are_in_the_largest_unit_that_fits() {
        let check = |seconds, expect: &str| assert_eq!(duration(seconds), expect);
        check(0, "0 seconds");
        check(1, "1 second");
        check(90, "90 seconds");
        check(3_600, "1 hour");
        check(86_400 * 30, "30 days");
    }
}
