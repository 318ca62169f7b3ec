package operate

import "time"

// Hurry makes the program wait for nothing as long as it does for people.
func (p *Program) Hurry() { p.checkTime, p.pollTime = time.Millisecond, time.Millisecond }
