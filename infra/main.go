// Command infra is the CDK app: what `cdk deploy` creates. It builds the function and describes the
// stack of an installation; packages config and estate make all decisions.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"portolan/infra/config"
	"portolan/infra/estate"
)

func main() {
	defer jsii.Close()
	if err := run(); err != nil {
		fmt.Fprintf(os.Stderr, "\nportolan: %v\n\ndocs/infrastructure.md has every key.\n", err)
		os.Exit(1)
	}
}

func run() error {
	app := awscdk.NewApp(nil)
	context, ok := app.Node().GetAllContext(nil).(map[string]any)
	if !ok {
		return fmt.Errorf("the CDK does not pass a context")
	}
	c, err := config.Load(context, os.DirFS("."))
	if err != nil {
		return fmt.Errorf("the configuration is wrong:\n%w", err)
	}
	code, err := build()
	if err == nil {
		code, err = withLists(c, code)
	}
	if err != nil {
		return err
	}
	estate.New(app, c, code)
	app.Synth(nil)
	return nil
}

// build builds the function with the Makefile, which alone knows how, and returns its folder.
func build() (folder string, err error) {
	command := exec.Command("make", "--silent", "function")
	command.Stdout, command.Stderr = os.Stderr, os.Stderr
	if err := command.Run(); err != nil {
		return "", fmt.Errorf("build the function: make function: %w", err)
	}
	return filepath.Join("build", "linux-arm64"), nil
}

// withLists returns a folder with the function and the settings that hold lists, if there are
// any.
func withLists(c *config.Config, code string) (folder string, err error) {
	if len(c.Lists()) == 0 {
		return code, nil
	}
	folder = filepath.Join("build", "function")
	program, err := os.ReadFile(filepath.Join(code, "bootstrap")) //nolint:gosec // the folder that was just built
	if err == nil {
		err = errors.Join(os.RemoveAll(folder), os.MkdirAll(folder, 0o755)) //nolint:gosec // Lambda reads it as another user
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, "bootstrap"), program, 0o755) //nolint:gosec // it is a program
	}
	return folder, errors.Join(err, c.WriteLists(folder))
}
