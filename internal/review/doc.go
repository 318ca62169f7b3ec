// Package review says what a mapping can get from AWS, without asking AWS: which entries work, how
// the kind of each is read, which properties it names that can never be there, and how many calls
// it costs.
//
// It decides what is certain. A property is called impossible only if the form of the kind's
// documents excludes it; of a type that is read through Cloud Control that is little, unless AWS
// was asked for its schema, and what remains is listed as not checked. The package makes no
// calls and maps no documents.
package review
