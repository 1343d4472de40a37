import ArgumentParser
package struct Root: ParsableCommand { package init() {} }
