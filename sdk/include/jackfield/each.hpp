// JF_EACH(macro, a, b, …): macro(a) macro(b) … for up to 64 entries. The preprocessor's part of JF_FIELDS; nothing else
// uses it.
#pragma once

#define JF_PARENS ()
#define JF_EXPAND(...) JF_EXPAND3(JF_EXPAND3(JF_EXPAND3(JF_EXPAND3(__VA_ARGS__))))
#define JF_EXPAND3(...) JF_EXPAND2(JF_EXPAND2(JF_EXPAND2(JF_EXPAND2(__VA_ARGS__))))
#define JF_EXPAND2(...) JF_EXPAND1(JF_EXPAND1(JF_EXPAND1(JF_EXPAND1(__VA_ARGS__))))
#define JF_EXPAND1(...) __VA_ARGS__

#define JF_EACH(macro, ...) __VA_OPT__(JF_EXPAND(JF_EACH_STEP(macro, __VA_ARGS__)))
#define JF_EACH_STEP(macro, entry, ...) macro(entry) __VA_OPT__(JF_EACH_AGAIN JF_PARENS(macro, __VA_ARGS__))
#define JF_EACH_AGAIN() JF_EACH_STEP

// 1 where the argument is in parentheses, else 0.
#define JF_IS_PAREN(x) JF_IS_PAREN_(JF_PROBE x, 0, ~)
#define JF_IS_PAREN_(...) JF_SECOND(__VA_ARGS__)
#define JF_SECOND(first, second, ...) second
#define JF_PROBE(...) ~, 1
#define JF_JOIN(a, b) JF_JOIN_(a, b)
#define JF_JOIN_(a, b) a##b
