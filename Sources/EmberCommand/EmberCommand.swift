import ArgumentParser
import Ember

@main struct EmberCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ember", abstract: "A small storage engine that can hang the way real ones did.")
}
