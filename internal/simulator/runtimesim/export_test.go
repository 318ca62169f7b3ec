package runtimesim

import "time"

// LimitInit makes the runtime wait no longer than d for the process to ask for an
// event.
func (r *Runtime) LimitInit(d time.Duration) { r.initLimit = d }

// EndProcess ends the process from outside, as a crash between events would.
func (r *Runtime) EndProcess() {
	_ = r.process.command.Process.Kill()
	<-r.process.exited
}
