// Package logtemplate tells log statements from what they print: it groups messages that one statement wrote under one
// template, in one pass and in bounded memory.
//
// It follows Drain (He, Zhu, Zheng and Lyu, ICWS 2017): a message is cut into tokens, led by its first constant tokens to a
// short list of templates, and joins the most similar one, whose differing tokens become wildcards; or it founds a new one.
// It departs from Drain in three points. Tokens that hold digits are wildcards from the start, except places in source code
// (Order.java:118, OrderService#118), which name a statement better than its words do. Templates are led to by constant
// tokens only, and a message may be longer than its template, because printed lists vary in length. And the templates
// used least recently are forgotten at a bound, as nothing else keeps ever new messages from filling the memory.
package logtemplate
