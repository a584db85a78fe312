//! What conditions say of the world. Whatever has no `!` in front says the same in CPython.

use super::said;

/// A condition, and its value as Python writes it, or its fault. With `!` in front of the answer,
/// Python says otherwise: each such line has its reason beside it.
pub(super) const TABLE: &[(&str, &str)] = &[
    // Members.
    ("alert.state", "'in_progress'"),
    ("alert.info.nested.deep.deeper", "True"),
    ("alert.missing", "None"),
    ("alert.missing.deeper.and_deeper is None", "True"),
    ("alert.due_date.year", "None"),
    ("alert.title.nothing", "None"),
    ("alert.labels.nothing", "None"),
    ("alert.info.items", "['a', 'b']"),
    ("alert['state']", "'in_progress'"),
    ("alert['missing']", "fault KeyError: 'missing'"),
    ("alert.info['customer name']", "'Zo\u{eb}'"),
    ("alert.info['_hidden'] + alert.info.get('_hidden')", "2"),
    ("alert.info.get('missing', 7)", "7"),
    (
        "alert.missing['a']",
        "fault TypeError: 'NoneType' object is not subscriptable",
    ),
    (
        "alert.missing.lower()",
        "fault AttributeError: 'NoneType' object has no attribute 'lower'",
    ),
    (
        "alert.labels.lower()",
        "fault AttributeError: 'list' object has no attribute 'lower'",
    ),
    (
        "alert.info.count('a')",
        "fault AttributeError: 'dict' object has no attribute 'count'",
    ),
    // What workflows ask.
    ("'AML Supervisor' in security.scope", "False"),
    (
        "'AML Supervisor' in security.scope or alert.severity != 'high'",
        "False",
    ),
    (
        "alert.user_id is None or alert.user_id == security.user_id",
        "True",
    ),
    ("all(task.done for task in alert.tasks)", "False"),
    ("any(task.done for task in alert.tasks)", "True"),
    ("len(alert.comments) > 0", "False"),
    ("sum(f.score or 0 for f in alert.findings) > 99", "True"),
    (
        "max(f.score for f in alert.findings if f.score is not None)",
        "87.5",
    ),
    (
        "alert.score > 50 and 'urgent' in alert.labels and not alert.comments",
        "True",
    ),
    (
        "[f.rule for f in alert.findings if f.score]",
        "['large', 'geo']",
    ),
    ("{f.rule: f.score for f in alert.findings}['geo']", "12"),
    ("alert.title.lower().startswith(('large', 'small'))", "True"),
    (
        "alert.incident_type in {'trx_aml_alert', 'trx_fraud_alert'}",
        "True",
    ),
    // Truth and its values.
    ("alert.missing or 'default'", "'default'"),
    ("0 and alert.missing['a']", "0"),
    ("1 or alert.missing['a']", "1"),
    ("'' or [] or {} or 0 or None", "None"),
    ("not alert.labels", "False"),
    ("1 if alert.comments else 2", "2"),
    ("True + True", "2"),
    ("True & False | True ^ True", "False"),
    // Comparisons.
    (
        "None > 3",
        "fault TypeError: '>' not supported between instances of 'NoneType' and 'int'",
    ),
    (
        "alert.due_date < 'x'",
        "fault TypeError: '<' not supported between instances of 'NoneType' and 'str'",
    ),
    ("1 < 2 < 3", "True"),
    ("3 > 2 > 2 > None", "False"),
    ("1 == 1.0 == True", "True"),
    ("1 == '1'", "False"),
    ("None == 0", "False"),
    ("(1, 2) < (1, 3)", "True"),
    (
        "[1, 'a'] < [1, 2]",
        "fault TypeError: '<' not supported between instances of 'str' and 'int'",
    ),
    ("[1] == (1,)", "False"),
    ("'abc' < 'abd' and 'Z' < 'a' and '\u{e9}' > 'z'", "True"),
    ("{1, 2} <= {1, 2, 3} and {1, 2} != {1}", "True"),
    ("{1, 2} < {1, 2}", "False"),
    ("{'a': 1, 'b': [2]} == {'b': [2.0], 'a': True}", "True"),
    ("9007199254740993 == 9007199254740992.0", "False"),
    ("9223372036854775807 < 9223372036854775808.0", "True"),
    ("float('nan') == float('nan')", "False"),
    ("alert.state is None", "False"),
    ("alert.missing is not None", "False"),
    ("True is True and None is not False", "True"),
    ("'a' in 'abc' and '' in 'abc' and 'd' not in 'abc'", "True"),
    (
        "1 in 'abc'",
        "fault TypeError: 'in <string>' requires string as left operand, not int",
    ),
    (
        "1 in None",
        "fault TypeError: argument of type 'NoneType' is not iterable",
    ),
    ("'state' in alert and 'missing' not in alert", "True"),
    ("[1] in {1: 2}", "fault TypeError: unhashable type: 'list'"),
    ("1.0 in {1: 2} and (1, 'a') in {(True, 'a')}", "True"),
    // Arithmetic.
    ("7 // 2, -7 // 2, 7 // -2, -7 // -2", "(3, -4, -4, 3)"),
    ("7 % 3, -7 % 3, 7 % -3, -7 % -3", "(1, 2, -2, -1)"),
    (
        "7.5 // 2, -7.5 // 2, 7.5 % -2, -7.5 % 2",
        "(3.0, -4.0, -0.5, 0.5)",
    ),
    ("0.0 * -1, -0.0 // 1, 1 % -1.0", "(-0.0, -0.0, -0.0)"),
    ("1 / 2, 1 / 3, 6 / 3", "(0.5, 0.3333333333333333, 2.0)"),
    (
        "alert.big / 3, alert.big / (alert.big - 1), 3 / alert.big",
        "(3.0744573456182584e+18, 1.0, 3.2526065174565133e-19)",
    ),
    (
        "-9007199254740993 / 7, 9223372036854775807 / -9007199254740993",
        "(-1286742750677284.8, -1023.9999999999999)",
    ),
    ("1 / 0", "fault ZeroDivisionError: division by zero"),
    ("1.5 / 0", "fault ZeroDivisionError: float division by zero"),
    (
        "1 // 0",
        "fault ZeroDivisionError: integer division or modulo by zero",
    ),
    (
        "2 ** 10, 2 ** -1, (-2) ** 3, 0 ** 0, -2 ** 2",
        "(1024, 0.5, -8, 1, -4)",
    ),
    (
        "0 ** -1",
        "fault ZeroDivisionError: 0.0 cannot be raised to a negative power",
    ),
    (
        "10.0 ** 400",
        "fault OverflowError: (34, 'Numerical result out of range')",
    ),
    ("2.0 ** 0.5, 4 ** 0.5", "(1.4142135623730951, 2.0)"),
    (
        "1 << 4, 256 >> 4, -1 >> 70, 0 << 99, ~5, 6 & 3, 6 | 3, 6 ^ 3",
        "(16, 16, -1, 0, -6, 2, 7, 5)",
    ),
    ("1 << -1", "fault ValueError: negative shift count"),
    ("-9223372036854775808", "-9223372036854775808"),
    ("0xFF + 0b11 + 0o17 + 1_000", "1273"),
    ("-True, +False, -1.5", "(-1, 0, -1.5)"),
    (
        "-'a'",
        "fault TypeError: bad operand type for unary -: 'str'",
    ),
    (
        "1 + None",
        "fault TypeError: unsupported operand type(s) for +: 'int' and 'NoneType'",
    ),
    (
        "None + 1",
        "fault TypeError: unsupported operand type(s) for +: 'NoneType' and 'int'",
    ),
    (
        "None ** 2",
        "fault TypeError: unsupported operand type(s) for ** or pow(): 'NoneType' and 'int'",
    ),
    (
        "'a' + 1",
        "fault TypeError: can only concatenate str (not \"int\") to str",
    ),
    (
        "1.5 & 1",
        "fault TypeError: unsupported operand type(s) for &: 'float' and 'int'",
    ),
    (
        "'ab' * 2 + 'c', 2 * [1], (1,) * 2, 'a' * -1",
        "('ababc', [1, 1], (1, 1), '')",
    ),
    (
        "'a' * 1.5",
        "fault TypeError: can't multiply sequence by non-int of type 'float'",
    ),
    ("[1] + [2] + [], (1,) + ()", "([1, 2], (1,))"),
    (
        "sorted({1, 2, 3} - {2}), sorted({1} | {2}), {1, 2} & {2, 3}, sorted({1, 2} ^ {2, 3})",
        "([1, 3], [1, 2], {2}, [1, 3])",
    ),
    (
        "{'a': 1, 'b': 2} | {'b': 3, 'c': 4}",
        "{'a': 1, 'b': 3, 'c': 4}",
    ),
    // Numbers as text.
    (
        "str(1.0), str(1e16), str(1e-5), str(0.0001), str(123456789012345.6)",
        "('1.0', '1e+16', '1e-05', '0.0001', '123456789012345.6')",
    ),
    (
        "1.5e300 * 1e10, 1e308 * 10, -1e308 * 10, 5e-324",
        "(inf, inf, -inf, 5e-324)",
    ),
    (
        "str(float('nan')), str(True), str(None), str()",
        "('nan', 'True', 'None', '')",
    ),
    (
        "int('12'), int(' -7\\n'), int(3.99), int(-3.99), int(True), int('1_000'), int()",
        "(12, -7, 3, -3, 1, 1000, 0)",
    ),
    (
        "int('1.5')",
        "fault ValueError: invalid literal for int() with base 10: '1.5'",
    ),
    (
        "int('1__0')",
        "fault ValueError: invalid literal for int() with base 10: '1__0'",
    ),
    (
        "int(None)",
        "fault TypeError: int() argument must be a string, a bytes-like object or a real number, not 'NoneType'",
    ),
    (
        "int(float('inf'))",
        "fault OverflowError: cannot convert float infinity to integer",
    ),
    (
        "float('1.5e3'), float(' .5 '), float(2), float('1_0.5'), float('-Infinity'), float()",
        "(1500.0, 0.5, 2.0, 10.5, -inf, 0.0)",
    ),
    (
        "float('x')",
        "fault ValueError: could not convert string to float: 'x'",
    ),
    (
        "bool(''), bool('a'), bool(0.0), bool([0]), bool()",
        "(False, True, False, True, False)",
    ),
    ("abs(-3), abs(-2.5), abs(True)", "(3, 2.5, 1)"),
    (
        "abs('a')",
        "fault TypeError: bad operand type for abs(): 'str'",
    ),
    (
        "round(2.5), round(3.5), round(-2.5), round(2.6), round(7)",
        "(2, 4, -2, 3, 7)",
    ),
    (
        "round(2.675, 2), round(0.125, 2), round(0.375, 2), round(1.005, 2), round(2.5, None)",
        "(2.67, 0.12, 0.38, 1.0, 2)",
    ),
    (
        "round(1234, -2), round(1250, -2), round(1350, -2), round(-1250, -2), round(5, -1), round(15, -1)",
        "(1200, 1200, 1400, -1200, 0, 20)",
    ),
    (
        "round(1250.5, -2), round(1250.0, -2), round(-4.0, -1), round(1e300, 2), round(1.5, 2000)",
        "(1300.0, 1200.0, -0.0, 1e+300, 1.5)",
    ),
    (
        "round('a')",
        "fault TypeError: type str doesn't define __round__ method",
    ),
    // Lists, tuples, dicts, sets.
    ("[1, 2, 3][0], [1, 2, 3][-1], (4, 5)[True]", "(1, 3, 5)"),
    ("[1, 2, 3][3]", "fault IndexError: list index out of range"),
    ("(1,)[-2]", "fault IndexError: tuple index out of range"),
    ("'a\u{eb}b'[1], 'a\u{eb}b'[-1]", "('\u{eb}', 'b')"),
    ("'abc'[5]", "fault IndexError: string index out of range"),
    (
        "[1]['a']",
        "fault TypeError: list indices must be integers or slices, not str",
    ),
    (
        "[0, 1, 2, 3, 4][1:3], [0, 1, 2, 3, 4][::-1], [0, 1, 2, 3, 4][-2:], [0, 1, 2][5:]",
        "([1, 2], [4, 3, 2, 1, 0], [3, 4], [])",
    ),
    (
        "'abcdef'[::2], 'abcdef'[4:1:-2], (1, 2, 3)[:-1], 'abc'[-9:9]",
        "('ace', 'ec', (1, 2), 'abc')",
    ),
    ("[1, 2][::0]", "fault ValueError: slice step cannot be zero"),
    (
        "[1, 2]['a':]",
        "fault TypeError: slice indices must be integers or None or have an __index__ method",
    ),
    (
        "None[:2]",
        "fault TypeError: 'NoneType' object is not subscriptable",
    ),
    ("{1: 'a', 1.0: 'b', True: 'c'}", "{1: 'c'}"),
    ("{[1]: 2}", "fault TypeError: unhashable type: 'list'"),
    ("{1, 1.0, True}, {2: {3}}", "({1}, {2: {3}})"),
    ("[x for x in {'b': 1, 'a': 2}]", "['b', 'a']"),
    (
        "[(k, v) for k, v in {'b': 1, 'a': 2}.items()]",
        "[('b', 1), ('a', 2)]",
    ),
    (
        "{'b': 1, 'a': 2}.keys(), {'b': 1}.values(), {'b': 1}.items()",
        "(dict_keys(['b', 'a']), dict_values([1]), dict_items([('b', 1)]))",
    ),
    (
        "{'a': 1}.keys() == {'a': 2}.keys(), {'a': 1}.values() == {'a': 1}.values(), {'a': 1}.keys() == {'a'}",
        "(True, False, True)",
    ),
    (
        "{'a': 1}.keys() == ['a'], len({'a': 1}.items()), 'a' in {'a': 1}.keys(), 1 in {'a': 1}.values()",
        "(False, 1, True, True)",
    ),
    (
        "{'a': 1}.keys()[0]",
        "fault TypeError: 'dict_keys' object is not subscriptable",
    ),
    (
        "[1, 2, 1].count(1), [1, 2].index(2), (1, 2).index(2), (1, 1).count(True)",
        "(2, 1, 1, 2)",
    ),
    ("[1, 2].index(3)", "fault ValueError: 3 is not in list"),
    (
        "[a + b for a in 'xy' for b in 'zw' if a + b != 'xz']",
        "['xw', 'yz', 'yw']",
    ),
    ("[[y for y in x if y] for x in [[0, 1], [2]]]", "[[1], [2]]"),
    ("[x for x in [1, 2] for x in [x, x + 10]]", "[1, 11, 2, 12]"),
    ("[x for [x, (y, z)] in [(1, 'ab')]]", "[1]"),
    (
        "[x for x, y in [(1, 2, 3)]]",
        "fault ValueError: too many values to unpack (expected 2)",
    ),
    (
        "[x for x, y in [(1,)]]",
        "fault ValueError: not enough values to unpack (expected 2, got 1)",
    ),
    (
        "[x for x, y in [1]]",
        "fault TypeError: cannot unpack non-iterable int object",
    ),
    (
        "[x for x in 3]",
        "fault TypeError: 'int' object is not iterable",
    ),
    (
        "{x % 3 for x in [1, 4, 7]}, {x: x * x for x in [1, 2]}",
        "({1}, {1: 1, 2: 4})",
    ),
    // Functions over many.
    (
        "any(x > 3 for x in [5, None]), all(x < 3 for x in [5, None])",
        "(True, False)",
    ),
    (
        "any(x > 3 for x in [1, None])",
        "fault TypeError: '>' not supported between instances of 'NoneType' and 'int'",
    ),
    (
        "any([]), all([]), any([0, '']), all([1, 'a'])",
        "(False, True, False, True)",
    ),
    (
        "min(3, 1, 2), max([1, 3.5]), min('b', 'a'), max('abc'), min((1, 2), (1, 1))",
        "(1, 3.5, 'a', 'c', (1, 1))",
    ),
    (
        "max([], default=0), min((x for x in [2, 1])), max(1, True)",
        "(0, 1, 1)",
    ),
    (
        "max([])",
        "fault ValueError: max() arg is an empty sequence",
    ),
    (
        "max(1, None)",
        "fault TypeError: '>' not supported between instances of 'NoneType' and 'int'",
    ),
    ("min(3)", "fault TypeError: 'int' object is not iterable"),
    (
        "min(1, 2, default=3)",
        "fault TypeError: Cannot specify a default for min() with multiple positional arguments",
    ),
    (
        "sum([0.1] * 10), sum([1e16, 1.0, -1e16]), sum([0.1, 1, 1e16, -1e16, True]), sum([1, 1e100, 1.0, -1e100])",
        "(1.0, 1.0, 2.1, 1.0)",
    ),
    (
        "sum([0.1, 0.2, 0.3]) == 0.6, sum(x / 10 for x in [1, 2, 3])",
        "(True, 0.6)",
    ),
    (
        "sum([1, 2.5, True]), sum([]), sum([[1], [2]], []), sum([1], start=5)",
        "(4.5, 0, [1, 2], 6)",
    ),
    (
        "sum(['a'])",
        "fault TypeError: unsupported operand type(s) for +: 'int' and 'str'",
    ),
    (
        "sum(['a'], '')",
        "fault TypeError: sum() can't sum strings [use ''.join(seq) instead]",
    ),
    (
        "sorted([3, 1, 2]), sorted('cab'), sorted({'b': 1, 'a': 2}), sorted([1, True, 0], reverse=True)",
        "([1, 2, 3], ['a', 'b', 'c'], ['a', 'b'], [1, True, 0])",
    ),
    (
        "sorted([1, 'a'])",
        "fault TypeError: '<' not supported between instances of 'str' and 'int'",
    ),
    (
        "len('a\u{eb}'), len([1]), len({}), len({1}), len(alert.info.items)",
        "(2, 1, 0, 1, 2)",
    ),
    (
        "len(None)",
        "fault TypeError: object of type 'NoneType' has no len()",
    ),
    // Texts.
    (
        "'It\\'s', \"a\\\"b'c\", 'tab\\t\\x00\\u00a0\\\\'",
        "(\"It's\", 'a\"b\\'c', 'tab\\t\\x00\\xa0\\\\')",
    ),
    ("'implicitly ' 'joined'", "'implicitly joined'"),
    ("r'\\d' '''triple'''", "'\\\\dtriple'"),
    (
        "'\u{c4}b'.lower(), '\u{df}'.upper(), ' x '.strip(), 'xxaxx'.strip('x'), ' a '.lstrip(), ' a '.rstrip()",
        "('\u{e4}b', 'SS', 'x', 'a', 'a ', ' a')",
    ),
    (
        "'abc'.startswith('a'), 'abc'.endswith(('x', 'bc')), 'abc'.startswith(()), ''.startswith('')",
        "(True, True, False, True)",
    ),
    (
        "'abc'.startswith(1)",
        "fault TypeError: startswith first arg must be str or a tuple of str, not int",
    ),
    (
        "'abc'.removeprefix('a'), 'abc'.removesuffix('c'), 'abc'.removeprefix('x')",
        "('bc', 'ab', 'abc')",
    ),
    (
        "'a b  c '.split(), ' a b c'.split(None, 1), 'a,b,,c'.split(','), 'a,b,c'.split(',', 1), ''.split(), ''.split(',')",
        "(['a', 'b', 'c'], ['a', 'b c'], ['a', 'b', '', 'c'], ['a', 'b,c'], [], [''])",
    ),
    (
        "' a  b '.split(None, 1), ' a b '.split(None, 0)",
        "(['a', 'b '], ['a b '])",
    ),
    ("'a'.split('')", "fault ValueError: empty separator"),
    (
        "'a\\nb\\r\\nc\\n'.splitlines(), ''.splitlines(), '\\n\\na'.splitlines()",
        "(['a', 'b', 'c'], [], ['', '', 'a'])",
    ),
    (
        "', '.join(['a', 'b']), ''.join(x.upper() for x in 'ab'), '-'.join('abc')",
        "('a, b', 'AB', 'a-b-c')",
    ),
    (
        "','.join([1])",
        "fault TypeError: sequence item 0: expected str instance, int found",
    ),
    (
        "'aXbX'.replace('X', '-'), 'aXbX'.replace('X', '-', 1), 'ab'.replace('', '.'), 'ab'.replace('', '.', 2)",
        "('a-b-', 'a-bX', '.a.b.', '.a.b')",
    ),
    (
        "'a\u{eb}bc'.find('b'), 'abc'.find('x'), 'abc'.index('c'), 'banana'.count('an'), 'abc'.count('')",
        "(2, -1, 2, 2, 4)",
    ),
    ("'abc'.index('x')", "fault ValueError: substring not found"),
    (
        "'é\u{3b1}'.isalpha(), '\u{24d0}'.isalpha(), '\u{345}'.isalpha(), '\u{2160}'.isalpha(), '\u{2160}'.isalnum()",
        "(True, False, False, False, True)",
    ),
    (
        "'\u{b2}'.isdigit(), '\u{663}'.isdigit(), '\u{2460}'.isdigit(), '\u{bd}'.isdigit(), '\u{bd}'.isalnum()",
        "(True, True, True, False, True)",
    ),
    (
        "'\u{1c5}'.islower(), '\u{1c5}'.isupper(), '\u{1c5}'.isalpha(), '\u{aa}'.islower()",
        "(False, False, True, True)",
    ),
    (
        "'12'.isdigit(), '1a'.isdigit(), ''.isdigit(), 'ab'.isalpha(), 'a1'.isalnum(), ' \\t'.isspace()",
        "(True, False, False, True, True, True)",
    ),
    (
        "'ab1'.islower(), 'aB'.islower(), 'AB'.isupper(), '12'.isupper()",
        "(True, False, True, False)",
    ),
    (
        "str([1, 'a', None, (2,), {'b': 1.5}])",
        "\"[1, 'a', None, (2,), {'b': 1.5}]\"",
    ),
    // Written over lines.
    (
        "(alert.state == 'in_progress'\n  and alert.score > 1)  # a remark",
        "True",
    ),
    ("  \n 1", "1"),
    // Whole numbers have 64 bits here.
    (
        "9223372036854775807 + 1",
        "!fault OverflowError: the number is too large: whole numbers have 64 bits here",
    ),
    (
        "10 ** 10 ** 10",
        "!fault OverflowError: the number is too large: whole numbers have 64 bits here",
    ),
    (
        "1 << 64",
        "!fault OverflowError: the number is too large: whole numbers have 64 bits here",
    ),
    (
        "abs(-9223372036854775808)",
        "!fault OverflowError: the number is too large: whole numbers have 64 bits here",
    ),
    (
        "-9223372036854775808 // -1",
        "!fault OverflowError: the number is too large: whole numbers have 64 bits here",
    ),
    (
        "int('9223372036854775808')",
        "!fault OverflowError: the number is too large: whole numbers have 64 bits here",
    ),
    (
        "int(1e300)",
        "!fault OverflowError: the number is too large: whole numbers have 64 bits here",
    ),
    // No complex numbers, and no formats, which could be made to be long.
    (
        "(-8) ** 0.5",
        "!fault ValueError: complex numbers cannot stand in a condition",
    ),
    (
        "'%d' % 3",
        "!fault TypeError: texts are not formatted with % here; put them together with + and str()",
    ),
];

#[test]
fn conditions_say_what_they_say_in_python() {
    for (source, expect) in TABLE {
        assert_eq!(said(source), expect.trim_start_matches('!'), "{source}");
    }
}
