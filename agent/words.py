"""The words that the local judge knows of itself: function words, general words, equal words, irregular forms.

They are plain English and the trade's common vocabulary, written down once; nothing here is taken from, or fitted to,
any set of answers. A text is a list of words separated by spaces.
"""

from __future__ import annotations

FUNCTION_WORDS = frozenset(
    """
    a about above across after again against ago all almost along already also although always am among an and another
    any anybody anyone anything are aren't around as at away be because been before behind being below beside besides
    between beyond both but by can can't cannot could couldn't did didn't do does doesn't doing don't done down during
    each either else enough even ever every everybody everyone everything except few for from further had hadn't has
    hasn't have haven't having he he'd he'll he's hence her here hers herself him himself his how however i i'd i'll
    i'm i've if in indeed inside instead into is isn't it it'd it'll it's its itself just least less let let's like
    many may maybe me might mine more most much must my myself near neither never nevertheless no nobody none nor
    not nothing now of off often on once only onto or other others otherwise ought our ours ourselves out outside over
    own per perhaps quite rather really shall shan't she she'd she'll she's should shouldn't since so some somebody
    someone something sometimes soon still such than that that's the their theirs them themselves then there there's
    therefore these they they'd they'll they're they've this those though through thus till to together too toward
    towards under unless until up upon us very via was wasn't we we'd we'll we're we've were weren't what what's
    whatever when whenever where whereas wherever whether which whichever while who who's whoever whole whom whose why
    will with within without won't would wouldn't yes yet you you'd you'll you're you've your yours yourself
    dont doesnt didnt isnt arent wont cant thats im ive
    """.split()
)
"""Words that carry grammar rather than meaning. They match nothing; how many there are tells prose from a list."""

FIRST_PERSON = frozenset("i i'd i'll i'm i've im ive me mine my myself our ours us we we'd we'll we're we've".split())
"""Words by which people tell of their own doings."""

GENERAL_WORDS = frozenset(
    """
    able actually answer approach ask basically better bit call case certain certainly come consider course describe do
    different easy exactly example explain fact find first get give go good great happen help idea important know lot
    look main make mean need new one particular people place point possible probably problem put question reason right
    say second see set show simple simply solution solve something  sure take talk tell thing think
    thought try type use used useful usually various want way well word work would
    """.split()
)
"""Words found in nearly every technical answer; they count less."""

TRADE_WORDS = frozenset(
    """
    algorithm amount array code constant count counter data element empty end entry function index input item keep key
    large length linear list log loop memory move number order output pass position result return run short size small
    sort sorted space start stay step store string system time total user value variable walk write read check
    o:1 o:n o:logn o:nlogn o:n2 0 1 2 3
    """.split()
)
"""Words of the trade, found in answers to most technical questions; they say little about which one is answered."""

NUMBERS = {
    "zero": "0",
    "one": "1",
    "two": "2",
    "three": "3",
    "four": "4",
    "five": "5",
    "six": "6",
    "seven": "7",
    "eight": "8",
    "nine": "9",
    "ten": "10",
    "twice": "2",
    "hundred": "100",
    "thousand": "1000",
    "million": "1000000",
}

IRREGULAR = {
    "began": "begin",
    "begun": "begin",
    "broke": "break",
    "broken": "break",
    "brought": "bring",
    "built": "build",
    "caught": "catch",
    "chose": "choose",
    "chosen": "choose",
    "data": "data",
    "dealt": "deal",
    "dict": "dictionary",
    "dicts": "dictionary",
    "fell": "fall",
    "felt": "feel",
    "found": "find",
    "gave": "give",
    "given": "give",
    "got": "get",
    "grew": "grow",
    "grown": "grow",
    "halves": "half",
    "heard": "hear",
    "held": "hold",
    "hid": "hide",
    "hidden": "hide",
    "indices": "index",
    "indexes": "index",
    "kept": "keep",
    "knew": "know",
    "known": "know",
    "leaves": "leaf",
    "led": "lead",
    "left": "leave",
    "lost": "lose",
    "made": "make",
    "meant": "mean",
    "met": "meet",
    "max": "maximum",
    "min": "minimum",
    "paid": "pay",
    "ran": "run",
    "risen": "rise",
    "rose": "rise",
    "said": "say",
    "saw": "see",
    "seen": "see",
    "sent": "send",
    "shown": "show",
    "shrank": "shrink",
    "shrunk": "shrink",
    "slept": "sleep",
    "sold": "sell",
    "spent": "spend",
    "stood": "stand",
    "stuck": "stick",
    "sum": "sum",
    "swapped": "swap",
    "taken": "take",
    "taught": "teach",
    "threw": "throw",
    "thrown": "throw",
    "told": "tell",
    "took": "take",
    "vertices": "vertex",
    "went": "go",
    "gone": "go",
    "withdrew": "withdraw",
    "wrote": "write",
    "written": "write",
}
"""Forms that a stemmer does not bring together."""

EQUAL_WORDS = tuple(
    tuple(group.split())
    for group in (
        "delete remove erase drop discard",
        "add insert append push",
        "create make build construct generate produce",
        "function method procedure routine subroutine subprogram",
        "begin start",
        "end finish stop terminate halt",
        "last final",
        "item element entry member",
        "fast quick rapid speedy",
        "slow expensive costly",
        "big large huge",
        "small little tiny",
        "keep store save hold remember retain",
        "get retrieve fetch obtain receive read",
        "search find lookup seek locate",
        "check test verify validate",
        "change modify update alter",
        "show display print",
        "equal same identical",
        "error mistake bug fault defect",
        "iterate loop traverse walk scan sweep visit",
        "split divide partition",
        "join combine merge",
        "map dictionary hashmap",
        "address location position",
        "position index",
        "pointer reference",
        "parameter argument",
        "result output",
        "send transmit deliver",
        "queue fifo",
        "stack lifo",
        "parent superclass base",
        "child subclass derived",
        "hide conceal private",
        "maximum largest biggest greatest highest",
        "minimum smallest least lowest",
        "increase grow rise",
        "decrease shrink reduce",
        "duplicate copy",
        "repeat retry",
        "limit bound cap restrict",
        "order sort",
        "middle center centre midpoint",
        "node vertex",
        "edge link connection",
        "avoid prevent",
        "allow permit enable",
        "use utilize employ",
        "contain include",
        "null none nil",
        "integer int",
        "database db",
        "user person customer client",
        "server machine host",
        "crash fail failure die outage",
        "timeout deadline expiry expire ttl",
        "lock mutex",
        "delay latency",
        "instance object",
        "part piece portion segment section chunk",
        "entire complete full total",
        "several multiple many",
        "run execute perform",
        "call invoke",
        "unique distinct",
        "advantage benefit",
        "disadvantage drawback downside",
        "simulate imitate mimic",
        "behavior behaviour",
        "swap exchange switch",
        "linear o:n",
        "constant o:1",
        "quadratic o:n2",
        "logarithmic o:logn",
        "linearithmic o:nlogn",
        "exponential o:2n",
        "wait block",
        "compare comparison",
        "choose select pick",
        "release free return",
        "measure count",
        "reject refuse deny",
        "stale outdated old",
        "colleague teammate coworker",
        "boss manager lead",
    )
)
"""Words that mean the same in an answer about programs; said instead of each other they count nearly in full."""

OTHER_LANGUAGES = {
    "German": frozenset(
        """
        der die das und ist nicht ein eine einen dem den des mit von für auf wir ich man wenn dann auch aber
        oder als zu im werden wird sind hat kann wie nach bei durch über es sie
        """.split()
    ),
    "French": frozenset(
        """
        le la les un une des et est pas que qui dans pour avec sur nous je on il elle sont par plus mais ou
        donc du au aux ce cette si alors
        """.split()
    ),
    "Spanish": frozenset(
        """
        el la los las un una unos y es no que en por para con se del al lo como más pero o si su sus son
        está cada entonces luego
        """.split()
    ),
    "Portuguese": frozenset(
        """
        o a os as um uma e é não que em por para com se do da dos das no na ao como mais mas ou são cada
        então
        """.split()
    ),
    "Italian": frozenset(
        """
        il lo la i gli le un una e è non che di in per con si del della dei al come più ma o se sono ogni
        allora poi
        """.split()
    ),
    "Dutch": frozenset(
        """
        de het een en is niet van in op met voor dat die we ik je als dan ook maar of naar bij door zijn
        wordt kan
        """.split()
    ),
    "Swedish": frozenset(
        """
        och att det som en ett är inte av på för med den vi jag om så men eller till kan varje
        """.split()
    ),
    "Danish": frozenset(
        """
        og at det som en et er ikke af på for med den vi jeg om så men eller til kan hver
        """.split()
    ),
    "Polish": frozenset(
        """
        i w na z nie się jest to że do jak po co ale lub dla od przez jeśli każdy oraz
        """.split()
    ),
    "Czech": frozenset(
        """
        a v na s se je to že do jak po co ale nebo pro od když každý není tak jsou
        """.split()
    ),
    "Turkish": frozenset(
        """
        ve bir bu için ile da de ne gibi daha çok ama veya her sonra olarak değil
        """.split()
    ),
    "Finnish": frozenset(
        """
        ja on ei se että kun niin tai mutta jos sen ovat myös kuin sitten joka
        """.split()
    ),
    "Hungarian": frozenset(
        """
        a az és nem hogy egy van meg ha de vagy is ez akkor minden
        """.split()
    ),
    "Romanian": frozenset(
        """
        și în de la cu nu este o un pe care că din sau dar pentru dacă apoi
        """.split()
    ),
    "Indonesian": frozenset(
        """
        yang dan di dari untuk dengan tidak ini itu pada adalah akan atau jika kita setiap
        """.split()
    ),
    "Vietnamese": frozenset(
        """
        và là của không có cho với một các trong được khi này thì nếu hoặc
        """.split()
    ),
}
"""The commonest function words of other languages in Latin script, to tell that an answer is not in English."""

FENCE_NAMES = {
    "py": "Python",
    "py3": "Python",
    "python": "Python",
    "python3": "Python",
    "js": "JavaScript",
    "javascript": "JavaScript",
    "ts": "TypeScript",
    "typescript": "TypeScript",
    "java": "Java",
    "kotlin": "Kotlin",
    "kt": "Kotlin",
    "c": "C",
    "cpp": "C++",
    "c++": "C++",
    "cs": "C#",
    "csharp": "C#",
    "go": "Go",
    "golang": "Go",
    "rust": "Rust",
    "rs": "Rust",
    "rb": "Ruby",
    "ruby": "Ruby",
    "php": "PHP",
    "swift": "Swift",
    "scala": "Scala",
    "sql": "SQL",
    "sh": "Shell",
    "bash": "Shell",
}
"""What people write behind a code fence, and the language's name."""

CONNECTIVES = frozenset(
    "first then next finally because so therefore since if when otherwise instead after before while once until thus"
    " hence second third lastly".split()
)
"""Words that lead a listener through an answer."""

FILLERS = frozenset("um uh er erm hmm basically actually literally like kinda sorta stuff whatever somehow".split())
"""Words that say that nothing is being said."""

REASONS_GIVEN = frozenset(
    "because since so therefore hence thus why otherwise reason means ensures guarantees proves".split()
)
COMPARISONS = frozenset(
    "but however instead although though versus tradeoff tradeoffs trade cost costs cheaper slower faster alternative"
    " alternatively rather depends whereas unlike worse better price downside drawback".split()
)
CORNERS = frozenset(
    "if when unless empty edge corner duplicate duplicates zero negative overflow fails failure crash retry timeout"
    " concurrent worst example never even".split()
)
"""Three signs of depth: why it is so, what the alternative costs, where it breaks."""
