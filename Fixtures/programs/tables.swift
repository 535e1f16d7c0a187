// Classes, witnesses and async functions: calls go through metadata and witness tables.
protocol Shape {
    associatedtype Unit
    func area() async -> Int
    func name() -> String
}

class Figure {
    var corners = 4
    func describe() -> Int { corners }
    func turn() {}
    func slow() async -> Int { 3 }
}

class Square: Figure {
    override func describe() -> Int { 2 }
    func diagonal() -> Int { 5 }
}

final class Labelled<Label>: Figure {
    let label: Label
    init(_ label: Label) { self.label = label }
    override func turn() { print(label) }
}

struct Circle: Shape {
    typealias Unit = Int
    let radius: String
    func area() async -> Int { 1 }
    func name() -> String { radius }
}

extension Square: Shape {
    typealias Unit = Double
    func area() async -> Int { 2 }
    func name() -> String { "square" }
}

@inline(never) func show(_ shape: any Shape) async { print(shape.name(), await shape.area()) }
@inline(never) func use(_ figure: Figure) async {
    figure.turn()
    print(figure.describe(), await figure.slow())
}

@main struct Main {
    static func main() async {
        await show(Circle(radius: "one"))
        await show(Square())
        await use(Square())
        await use(Figure())
        await use(Labelled(7))
        print("ready")
    }
}
