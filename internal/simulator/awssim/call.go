package awssim

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"hash/crc32"
	"net/http"
	"strconv"
	"time"
)

// call is one request on its way to an answer.
type call struct {
	server    *Server
	request   *http.Request
	body      []byte
	signature signature
	service   *service
	operation *operation
	// input is what the call says; unreadable is why that cannot be known.
	input      input
	unreadable error
	caller     caller
	now        time.Time
	id         string
	fault      *Fault
	// out is the body of the answer as far as it is written.
	out  []byte
	call Call
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	now := s.options.Now()
	c := &call{server: s, request: r, now: now, id: s.requestID()}
	c.call = Call{At: now, UserAgent: r.UserAgent()}
	buffer := s.bodies.Get().(*[]byte)
	c.out = (*buffer)[:0]
	defer func() {
		*buffer = c.out
		s.bodies.Put(buffer)
	}()
	answer, err := s.handle(c)
	if c.service == nil {
		c.service = services["sts"]
	}
	s.answer(w, c, answer, err)
}

// handle finds out what is asked and who asks, and serves the call if it may be served.
func (s *Server) handle(c *call) (object, error) {
	body, err := readBody(c.request)
	if err != nil {
		return nil, err
	}
	c.body = body
	var signed bool
	c.signature, signed = readSignature(c.request.Header.Get("Authorization"))
	if !signed {
		return s.unsigned(c)
	}
	c.call.Region, c.call.Service = c.signature.region, c.signature.service
	c.service = services[c.signature.service]
	if c.service == nil {
		return nil, queryDialect.badSignature.saying("Credential should be scoped to correct service: no service is called '%s'.", c.signature.service)
	}
	if !s.world.offered(c.service.name, c.signature.region) {
		panic(http.ErrAbortHandler)
	}
	c.read()
	if refused := s.authenticate(c); refused != nil {
		return nil, refused
	}
	return s.perform(c)
}

// read finds out which operation is asked for, and what the call says.
func (c *call) read() {
	var name string
	name, c.input, c.unreadable = c.service.wire.read(c)
	c.operation = c.service.operations[name]
	if c.operation == nil {
		c.operation = &operation{name: name}
	}
	c.call.Operation = c.operation.name
	if c.operation.action != noAction {
		c.call.Action = c.operation.action
	}
}

// perform serves the call of a known caller, unless it is refused.
func (s *Server) perform(c *call) (object, error) {
	if c.operation.answer == nil {
		return nil, c.unknownOperation()
	}
	c.fault = s.script.strike(c)
	if c.fault != nil {
		c.call.Fault = c.fault.Effect
		if c.fault.Effect == Gateway {
			return nil, nil
		}
		if refused := c.fault.refusal(c); refused != nil {
			return nil, refused
		}
	}
	if refused := s.authorize(c); refused != nil {
		return nil, refused
	}
	if !s.meter.admits(c) {
		return nil, c.service.dialect.throttled.plain()
	}
	if c.unreadable != nil {
		return nil, c.unreadable
	}
	if err := c.operation.check(c); err != nil {
		return nil, err
	}
	return c.operation.answer(c)
}

// unknownOperation refuses an operation that the endpoint does not have.
func (c *call) unknownOperation() *refusal {
	return c.service.dialect.unknownOperation.saying("The action %s is not valid for this web service.", c.operation.name)
}

// anonymous refuses a request without a signature in the form of the service that
// it seems to be meant for.
func anonymous(c *call) (object, error) {
	if target := c.request.Header.Get("X-Amz-Target"); target != "" {
		c.service = services["ecs"]
	}
	if c.service == nil {
		c.service = services["sts"]
	}
	return nil, c.service.dialect.missingKey.plain()
}

// answer sends what became of a call.
func (s *Server) answer(w http.ResponseWriter, c *call, answer object, err error) {
	header := w.Header()
	if c.meets(Gateway) {
		s.answerInstead(w, c)
		return
	}
	header.Set("Date", c.now.UTC().Format(http.TimeFormat))
	header.Set("x-amzn-RequestId", c.id)
	status, throttled := http.StatusOK, false
	var contentType string
	if err != nil {
		refused := s.refusal(c, err)
		status, throttled = refused.status, refused.code == c.service.dialect.throttled.code
		c.call.Code = refused.code
		c.out = c.out[:0]
		contentType = c.service.wire.refuse(c, refused, header)
	} else {
		contentType = c.service.wire.succeed(c, answer)
	}
	c.call.Status, c.call.Bytes = status, len(c.out)
	header.Set("Content-Type", contentType)
	s.ledger.record(c.call, throttled)
	s.delay(c)
	s.send(w, c, status)
}

// answerInstead sends what a gateway answers to a call that never came through.
func (s *Server) answerInstead(w http.ResponseWriter, c *call) {
	status, contentType, body := c.fault.page()
	c.call.Status, c.call.Bytes = status, len(body)
	s.ledger.record(c.call, false)
	w.Header()["Content-Type"] = nil // otherwise it is guessed
	if contentType != "" {
		w.Header().Set("Content-Type", contentType)
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

func (s *Server) refusal(c *call, err error) *refusal {
	var refused *refusal
	if errors.As(err, &refused) {
		return refused
	}
	return c.service.dialect.badParameter.saying("%s", err.Error())
}

// delay waits as long as the call takes.
func (s *Server) delay(c *call) {
	wait := time.Duration(0)
	if c.operation != nil {
		wait = s.options.Latency.of(s.options.Seed, c)
	}
	if c.fault != nil && c.fault.Effect == Slow {
		wait += c.fault.Delay
	}
	if wait > 0 && s.options.Sleep(c.request.Context(), wait) != nil {
		panic(http.ErrAbortHandler)
	}
	if wait == 0 && len(c.body) > 0 && len(c.out) > clientBuffer {
		_ = sleep(c.request.Context(), settle)
	}
}

// An answer that arrives while the client is still about to find out that its
// request's body has ended breaks the connection: smithy-go 1.28 closes the body
// as soon as the answer's head is there, and net/http takes the closed body for a
// failed write. What was not yet read of the answer is lost then. No real
// service is that fast; settle is the time that keeps this one from being it.
const (
	settle       = 300 * time.Microsecond
	clientBuffer = 4096
)

// send writes the response, or as much of it as a fault lets through.
func (s *Server) send(w http.ResponseWriter, c *call, status int) {
	effect := Effect("")
	if c.fault != nil {
		effect = c.fault.Effect
	}
	body := c.out
	switch effect {
	case Hang:
		<-c.request.Context().Done()
		panic(http.ErrAbortHandler)
	case Truncate:
		body = body[:len(body)/2]
	case Rewrite:
		c.out = bytes.ReplaceAll(c.out, []byte(c.fault.Old), []byte(c.fault.New))
		body = c.out
	case Redirect:
		w.Header().Set("Location", cmp.Or(c.fault.New, c.request.URL.String()))
		status = cmp.Or(c.fault.Status, http.StatusTemporaryRedirect)
	case Garble:
		body = []byte("\x00\x01 not what was asked for")
	}
	if c.service.name == "dynamodb" { // the SDK holds the answer to it
		w.Header().Set("X-Amz-Crc32", strconv.FormatUint(uint64(crc32.ChecksumIEEE(c.out)), 10))
	}
	if s.overflow(w, c, status) {
		return
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	if effect == Cut || effect == Stall {
		body = body[:len(body)/2]
	}
	w.WriteHeader(status)
	if effect == Trickle {
		s.trickle(w, c, body)
		return
	}
	_, _ = w.Write(body)
	if effect == Stall {
		_ = http.NewResponseController(w).Flush()
		<-c.request.Context().Done()
		panic(http.ErrAbortHandler)
	}
	if effect == Cut {
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
}

// trickle writes a body at a byte a second.
func (s *Server) trickle(w http.ResponseWriter, c *call, body []byte) {
	for i := range body {
		_, _ = w.Write(body[i : i+1])
		_ = http.NewResponseController(w).Flush()
		if s.options.Sleep(c.request.Context(), time.Second) != nil {
			panic(http.ErrAbortHandler)
		}
	}
}

// requestID looks like a UUID and never repeats.
func (s *Server) requestID() string {
	n := s.serial.Add(1)
	d := die(s.options.Seed ^ n*spread)
	high, low := d.next(), d.next()
	return fmt.Sprintf("%08x-%04x-4%03x-a%03x-%012x", high>>32, high>>16&0xffff, high&0xfff, low>>48&0xfff, low&(1<<48-1))
}
