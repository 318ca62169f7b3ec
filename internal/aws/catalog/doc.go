// Package catalog says what is known of a kind without a call to AWS: how it is read, by which
// calls and with which permissions, where its resources live, and what a document looks like.
//
// It decides which kinds a search finds and how an entry is written for people. It does not
// know whether a kind is in anybody's mapping, and what AWS really answers: a document here shows
// the form that is known, with values that stand for AWS's.
package catalog
