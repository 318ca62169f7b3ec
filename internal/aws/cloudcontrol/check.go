package cloudcontrol

import "portolan/internal/nearest"

// Check says what is wrong with the name of a kind that somebody asks for: it completes the
// sentence "… names". A well-formed name that is near no other may be of a type that is newer than
// the table; whether it can be read is found out when it is.
func Check(name string) error {
	if k, _ := Resolve(name); k != nil {
		return nil
	}
	if _, known := Lookup(name); !known && IsTypeName(name) {
		if _, near := nearest.Name(name, Names()); !near {
			return nil
		}
	}
	return Unreadable(name)
}
