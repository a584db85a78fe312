use super::*;

fn state(name: &str, initial: bool, closed: bool) -> State {
    State {
        name: name.to_owned(),
        title: "T".to_owned(),
        initial,
        closed,
    }
}

fn transition(source: &str, destination: &str, condition: Option<&str>) -> Transition {
    Transition {
        source: source.to_owned(),
        destination: destination.to_owned(),
        condition: condition.map(|source| Guard::new(source).expect("a condition")),
    }
}

#[test]
fn the_default_workflow_moves_between_any_two_states() {
    let workflow = Workflow::default();
    let names = ["open", "in_progress", "closed"];
    for from in names {
        for to in names {
            assert_eq!(
                workflow.transition(from, to).is_ok(),
                from != to,
                "{from} {to}"
            );
        }
    }
    assert_eq!(workflow.initial(), "open");
    assert!(workflow.is_closed("closed") && !workflow.is_closed("open"));
    let Workflow {
        states,
        transitions,
        ..
    } = workflow.clone();
    assert_eq!(Workflow::new(states, transitions), Ok(workflow));
}

#[test]
fn a_refused_move_says_where_one_can_go() {
    let refusal = Workflow::default().transition("open", "done").unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "the workflow has no state \"done\"; it has open, in_progress, closed"
    );
    let states = vec![state("a", true, false), state("b", false, true)];
    let workflow = Workflow::new(states, vec![transition("a", "b", None)]).expect("a workflow");
    let refusal = workflow.transition("b", "a").unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "the workflow has no transition from \"b\" to \"a\"; from \"b\" it goes nowhere"
    );
}

#[test]
fn every_fault_of_a_workflow_is_named() {
    let check = |states: Vec<State>, transitions: Vec<Transition>, expect: &[(&str, &str)]| {
        let faults = Workflow::new(states, transitions).err().unwrap_or_default();
        let found: Vec<_> = faults
            .iter()
            .map(|fault| (&*fault.field, fault.reason))
            .collect();
        assert_eq!(found, expect);
    };
    let good = || vec![state("a", true, false), state("b", false, true)];
    check(good(), vec![], &[]);
    check(vec![], vec![], &[("states", "count")]);
    let many = (0..=MAX_STATES).map(|n| state(&format!("s{n}"), n == 0, false));
    check(many.collect(), vec![], &[("states", "count")]);
    let many = (0..=MAX_TRANSITIONS).map(|_| transition("a", "b", None));
    check(good(), many.collect(), &[("transitions", "count")]);
    let untitled = State {
        title: "\n".to_owned(),
        ..state("e", false, false)
    };
    check(
        vec![
            state("", false, false),
            state(&"n".repeat(41), false, false),
            state("A", false, false),
            state("d", false, false),
            state("d", false, false),
            untitled,
        ],
        vec![],
        &[
            ("states[0].name", "name"),
            ("states[1].name", "name"),
            ("states[2].name", "name"),
            ("states[4].name", "duplicate"),
            ("states[5].title", "title"),
            ("states", "initial"),
        ],
    );
    check(
        vec![state("a", true, true), state("b", true, false)],
        vec![
            transition("a", "b", None),
            transition("x", "y", None),
            transition("a", "b", Some("1")),
        ],
        &[
            ("states[0].closed", "initial"),
            ("states[1].initial", "initial"),
            ("transitions[1].source", "no_such_state"),
            ("transitions[1].destination", "no_such_state"),
            ("transitions[2]", "duplicate"),
        ],
    );
}

#[test]
fn a_condition_that_fails_denies() {
    let check = |condition: Option<&str>, expect: Option<&str>| {
        let alert = Value::dict([("score", Value::None)]);
        let denial = transition("a", "b", condition).admit(&alert, &Value::None);
        let denial = denial.err().map(|denial| denial.to_string());
        assert_eq!(denial.as_deref(), expect, "{condition:?}");
    };
    check(None, None);
    check(Some("alert.score is None"), None);
    check(
        Some("alert.score"),
        Some("the transition's condition does not hold: alert.score"),
    );
    check(
        Some("alert.score > 3"),
        Some(
            "the transition's condition cannot be evaluated: TypeError: '>' not supported between \
             instances of 'NoneType' and 'int' (line 1, column 1): alert.score > 3",
        ),
    );
}
